// Gives a request back once its response head is on its way, so that its
// connection costs a fraction of the memory: the way of WebSocket, and of
// server-sent events over HTTP/1.1.
#pragma once

#include "base/bytes.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// What comes after: called when the head has left and the request is gone.
// `early` are bytes the client sent behind its request, valid in this call.
// The connection is the callee's: it must set its handlers, or close it.
using Detached = void (*)(ngx_connection_t* c, void* data,
                          ConstBytes early) noexcept;
// Called instead when the request ended before that; `stalled`: because the
// head did not move for send_timeout.
using NeverDetached = void (*)(void* data, bool stalled) noexcept;

// Whether this request can be given back: a main request over HTTP/1.x.
bool can_detach(const ngx_http_request_t* r);

// A body that the request has and that is still to come: it ends first, or is
// taken for what the client says afterwards.
enum class Body : uint8_t { kEndsFirst, kIsNoMatter };

// To be called after ngx_http_send_header() and a flush; the handler returns
// what this returns (NGX_DONE, or an error when nothing was arranged).
ngx_int_t detach(ngx_http_request_t* r, Body body, Detached detached,
                 NeverDetached never, void* data);

// Frees the pool the connection came with, and nginx's HTTP state in it. `log`
// takes the place of the log in the pool and must outlive the connection. Not
// done (and no harm) where TLS keeps more in the pool than can be moved.
void free_connection_pool(ngx_connection_t* c, ngx_log_t* log);

// Closes a connection that was given back, whether its pool was freed or not.
void close_detached(ngx_connection_t* c);

}  // namespace onair::ngx
