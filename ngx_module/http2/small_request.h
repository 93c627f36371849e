// A request of two kilobytes in place of one of eight, for an event stream over
// HTTP/2 whose head has left: what the client asked and what was answered is
// needed no more, and nginx wants a request and a stream all the same.
//
// The old request ends for everybody but the client: its line of the access log
// is written, its cleanup handlers run. The new one has no variables, no line
// of the log, no request fields.
//
// Used by SseRequest.
#pragma once

#include "ngx_module/http2/layout.h"

namespace onair::ngx {

class SmallRequest {
  public:
    // Whether nobody else holds the request, and nothing is under way. Not to
    // be asked in a handler of nginx's that touches this request afterwards.
    static bool can_replace(const ngx_http_request_t* r);
    // nginx reads from the stream's connection, or takes it down: it may look
    // at a request whose handler it has called.
    static bool is_in_use(const ngx_http_request_t* r);

    // Not yet in force: request() has a pool, for what is to live as long as
    // it does. Null without memory.
    explicit SmallRequest(ngx_http_request_t* old) noexcept;
    ~SmallRequest();
    SmallRequest(const SmallRequest&) = delete;
    SmallRequest& operator=(const SmallRequest&) = delete;

    ngx_http_request_t* request() const { return request_; }
    // Takes the old one's place, and frees it.
    void replace() noexcept;

  private:
    bool make() noexcept;

    ngx_http_request_t* old_;
    ngx_http_request_t* request_ = nullptr;
    ngx_pool_t* fields_ = nullptr;  // of a stream's own; empty
};

}  // namespace onair::ngx
