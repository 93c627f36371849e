// A request that stays open for something of ours that lives in its pool.
// nginx may end it by itself at any moment (the client has gone, the worker's
// time is up, a subrequest has failed), and may keep its memory long after that
// (post_action, a thread that reads a file): its holder is told of the end at
// once. It is finalised here and nowhere else.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

class HeldRequest {
  public:
    // nginx has ended the request; to be left alone from now on.
    using Ended = void (*)(void* holder) noexcept;

    HeldRequest(ngx_http_request_t* r, Ended ended, void* holder) noexcept
        : r_(r), ended_(ended), holder_(holder)
    {}
    ~HeldRequest() { let_go(); }
    HeldRequest(const HeldRequest&) = delete;
    HeldRequest& operator=(const HeldRequest&) = delete;

    // Takes a reference, which finalize() gives back; false without memory.
    bool hold() noexcept;
    // Ends the request, unless it is over; `ended` is not called. May destroy
    // the request's pool, and what lives there.
    void finalize(ngx_int_t rc) noexcept;
    // The end is somebody else's to tell of.
    void let_go() noexcept;
    // Holds another request instead, which nobody has a reference of yet; false
    // without memory, and it still holds the old one.
    bool move_to(ngx_http_request_t* r) noexcept;
    bool over() const { return cleanup_ == nullptr; }

    ngx_http_request_t* request() const { return r_; }

  private:
    static void on_cleanup(void* self) noexcept;
    static ngx_int_t on_phase(ngx_http_request_t* r) noexcept;
    friend ngx_int_t watch_post_actions(ngx_conf_t* cf);

    ngx_http_request_t* r_;
    ngx_http_cleanup_t* cleanup_ = nullptr;  // while it is held
    Ended ended_;
    void* holder_;
};

// Has nginx tell holders when it turns their request into its post_action.
ngx_int_t watch_post_actions(ngx_conf_t* cf);

// What runs for `post_action` has nobody to answer.
inline bool is_post_action(const ngx_http_request_t* r)
{
    return r->post_action != 0;
}

}  // namespace onair::ngx
