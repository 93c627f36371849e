// Takes a connection from its request once the response head is on its way, and
// gives the request back as soon as nobody else needs it, so that a connection
// costs a fraction of the memory: the way of WebSocket, and of server-sent
// events over HTTP/1.1.
//
// A request that others hold too (mirror, a post_action to come) stays beside
// the connection for so long; what we send and hear does not wait for that.
#pragma once

#include "base/bytes.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// What becomes of it, in this order; `data` is what detach() was given.
struct DetachCalls {
    // The head has left: the connection may be written to and read from.
    // `early` are bytes the client sent behind its request, valid in this call.
    void (*opened)(void* data, ngx_connection_t* c, ConstBytes early) noexcept;
    // Its events, for as long as the request is held.
    void (*readable)(void* data) noexcept;
    void (*writable)(void* data) noexcept;
    // The request is gone, and the connection the callee's: it must set data
    // and handlers. Called before `opened` where nobody held the request.
    void (*given_back)(void* data, ngx_connection_t* c) noexcept;
    // Or else the request has ended, and the connection with it; `stalled`: as
    // the head did not move for send_timeout.
    void (*lost)(void* data, bool stalled) noexcept;
};

// Whether this request can be given back: a main request over HTTP/1.x.
bool can_detach(const ngx_http_request_t* r);

// A body that the request has and that is still to come: it ends first, or is
// taken for what the client says afterwards.
enum class Body : uint8_t { kEndsFirst, kIsNoMatter };

// To be called after ngx_http_send_header() and a flush; the handler returns
// what this returns (NGX_DONE, or an error when nothing was arranged).
ngx_int_t detach(ngx_http_request_t* r, Body body, const DetachCalls* calls,
                 void* data);

// Frees the pool the connection came with, and nginx's HTTP state in it. `log`
// takes the place of the log in the pool and must outlive the connection. Not
// done (and no harm) where TLS keeps more in the pool than can be moved.
void free_connection_pool(ngx_connection_t* c, ngx_log_t* log);

// Closes a connection that was given back, whether its pool was freed or not.
void close_detached(ngx_connection_t* c);
// Closes one whose request is still held: it is ended, none of the calls above
// is made any more.
void close_held(ngx_connection_t* c);

}  // namespace onair::ngx
