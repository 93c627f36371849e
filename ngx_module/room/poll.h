// A member by long poll: a request that waits until something happens in the
// room. Between two of them the member is held as one whose connection broke.
#pragma once

#include "ngx_module/base/timer.h"
#include "ngx_module/room/guest.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/subscriber.h"

namespace onair::ngx {

class RoomPoll final : public Subscriber, public Guest {
  public:
    RoomPoll(const LocConf* conf, ngx_http_request_t* r) noexcept;
    ~RoomPoll() override;

    // Waits, or ends with what there is in `first`; the handler returns what
    // this returns.
    ngx_int_t start(bool waits, ngx_msec_t wait_ms) noexcept;

    bool deliver(Topic* topic) noexcept override;
    void leave() noexcept override;
    void push(const FramePtr& frame) noexcept override;
    Encoding form() const noexcept override { return encoding(); }
    const LocConf* location() const noexcept override { return conf(); }
    bool only_events() const noexcept override { return true; }
    void dismiss(std::string_view why) noexcept override;

  protected:
    void on_retire() noexcept override { part_all(this, false); }

  private:
    static void on_soon(void* self) noexcept;
    static void on_ended(void* self) noexcept;
    ngx_str_t address() const noexcept override;
    void on_due() noexcept override;
    ngx_int_t answer_now() noexcept;
    void finish() noexcept;

    ngx_http_request_t* r_;
    HeldRequest held_;
    LoopEvent soon_;
    std::string_view dismissed_;  // a literal; empty: it was not
    bool waits_ = false;
    bool answered_ = false;
};

}  // namespace onair::ngx
