// Subrequests that nginx's filters begin (add_after_body, ssi) while something
// is sent that no request's own event asked for: a change, a heartbeat, a
// goodbye.
//
// nginx runs what was posted as soon as such an event has been handled. Here
// that cannot be: who is in the middle of a fan-out may not end. If it were
// left to the connection's next event, that event would first wake the active
// request, which is the new one, and then run it a second time as posted
// ("header already sent"). So they are taken off the list and woken by nobody,
// until it is their turn.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

class HeldSubrequests {
  public:
    // What was posted of this main request; nothing of it runs from now on.
    void hold(ngx_http_request_t* r) noexcept;
    bool empty() const { return posted_ == nullptr; }
    // Posts it again. The caller is to run it at once, or to finalize.
    void give_back(ngx_http_request_t* r) noexcept;

  private:
    ngx_http_posted_request_t* posted_ = nullptr;  // in the request's pool
};

}  // namespace onair::ngx
