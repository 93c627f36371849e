// One timer a worker for everything that subscribers wait for: heartbeats,
// time-outs, stalled writes, the end of a long poll. Coarse (kWheelStepMs) and
// lazy: being active does not move anybody, being due asks what is next.
#pragma once

#include "base/time.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

inline constexpr ngx_msec_t kWheelStepMs = 200;

// What waits; member of the waiting object.
class Waiter {
  public:
    Waiter() = default;
    ~Waiter() { cancel(); }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Calls on_due() of the owner not before `delay` from now; a later call
    // replaces an earlier one.
    void wait(ngx_msec_t delay);
    void cancel();
    bool waiting() const { return next_ != nullptr; }

  protected:
    // May wait() again, and may destroy the waiter.
    virtual void on_due() noexcept = 0;

  private:
    friend class Wheel;
    Waiter* next_ = nullptr;
    Waiter* prev_ = nullptr;
    Ticks due_ = 0;
};

void start_wheel();
void stop_wheel();

}  // namespace onair::ngx
