// Plain requests: GET answers at once, a long poll when there is something
// newer or its time is over.
#pragma once

#include "encoder/event_id.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/subscriber.h"
#include "ngx_module/subscriber/wanted.h"

namespace onair::ngx {

class LongPoll : public Subscriber {
  public:
    LongPoll(const LocConf* conf, ngx_http_request_t* r, const Wanted* wanted,
             const encoder::EventId& since) noexcept;
    ~LongPoll() override;

    bool hold() noexcept { return held_.hold(); }
    void open(ngx_msec_t wait_ms) noexcept;
    bool deliver(Topic* topic) noexcept override;
    void leave() noexcept override;

  private:
    static void on_soon(void* self) noexcept;
    static void on_ended(void* self) noexcept;
    ngx_str_t address() const noexcept override;
    void on_due() noexcept override;
    void answer_now(Reason why) noexcept;
    bool is_newer();

    ngx_http_request_t* r_;
    HeldRequest held_;
    const Wanted* wanted_;
    encoder::EventId since_;  // what the client has
    LoopEvent soon_;
    bool open_ = false;  // it waits; else the request has been refused
    bool answered_ = false;
};

// GET and HEAD, and a long poll that need not wait.
ngx_int_t answer_get(ngx_http_request_t* r, const Wanted& wanted,
                     const subscriber::Ask& ask);
ngx_int_t start_long_poll(ngx_http_request_t* r, const Wanted* wanted,
                          const subscriber::Ask& ask, LongPoll* made);

}  // namespace onair::ngx
