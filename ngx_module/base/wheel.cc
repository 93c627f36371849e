#include "ngx_module/base/wheel.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/timer.h"

namespace onair::ngx {

namespace {

constexpr size_t kBuckets = 512;  // 102 s; longer waits go round again
constexpr size_t kPerTurn = 512;  // waiters called before others have a turn

class Head : public Waiter {
  protected:
    void on_due() noexcept override {}
};

}  // namespace

class Wheel {
  public:
    Wheel() : timer_(on_timer, this), more_(on_more, this)
    {
        for (Head& head : buckets_) {
            head.next_ = head.prev_ = &head;
        }
        due_.next_ = due_.prev_ = &due_;
        at_ = ticks() / kWheelStepMs;
        timer_.start(kWheelStepMs);
    }
    ~Wheel()
    {
        for (Head& head : buckets_) {
            abandon(head);
        }
        abandon(due_);
    }

    void insert(Waiter* waiter)
    {
        Ticks tick = waiter->due_ / kWheelStepMs + 1;
        if (tick <= at_) {
            tick = at_ + 1;
        }
        if (tick > at_ + kBuckets - 1) {
            tick = at_ + kBuckets - 1;
        }
        append(buckets_[tick % kBuckets], waiter);
    }

  private:
    static void append(Waiter& head, Waiter* waiter)
    {
        waiter->prev_ = head.prev_;
        waiter->next_ = &head;
        head.prev_->next_ = waiter;
        head.prev_ = waiter;
    }

    // Unlinks what is left, so that nobody reaches back here.
    static void abandon(Waiter& head)
    {
        while (head.next_ != &head) {
            head.next_->cancel();
        }
        head.next_ = head.prev_ = nullptr;
    }

    static void on_timer(void* self) noexcept
    {
        auto* wheel = static_cast<Wheel*>(self);
        wheel->turn();
        wheel->timer_.start(kWheelStepMs);
    }

    static void on_more(void* self) noexcept
    {
        static_cast<Wheel*>(self)->call_due();
    }

    // Moves the buckets whose time has come behind those that still wait to
    // be called.
    void turn()
    {
        Ticks now = ticks() / kWheelStepMs;
        if (now > at_ + kBuckets) {
            at_ = now - kBuckets;
        }
        while (at_ < now) {
            at_++;
            Head& head = buckets_[at_ % kBuckets];
            while (head.next_ != &head) {
                Waiter* waiter = head.next_;
                waiter->cancel();
                append(due_, waiter);
            }
        }
        call_due();
    }

    void call_due()
    {
        for (size_t i = 0; i < kPerTurn && due_.next_ != &due_; i++) {
            Waiter* waiter = due_.next_;
            waiter->cancel();
            if (waiter->due_ > ticks()) {
                insert(waiter);
            } else {
                waiter->on_due();
            }
        }
        if (due_.next_ != &due_) {
            more_.post_next();
        }
    }

    Head buckets_[kBuckets];
    Head due_;
    Ticks at_;
    LoopEvent timer_;
    LoopEvent more_;
};

namespace {

PerWorker<Wheel> g_wheel;

}  // namespace

void start_wheel()
{
    g_wheel.start();
}

void stop_wheel()
{
    g_wheel.stop();
}

void Waiter::wait(ngx_msec_t delay)
{
    cancel();
    if (g_wheel) {
        due_ = ticks() + delay;
        g_wheel->insert(this);
    }
}

void Waiter::cancel()
{
    if (next_ != nullptr) {
        next_->prev_ = prev_;
        prev_->next_ = next_;
        next_ = prev_ = nullptr;
    }
}

}  // namespace onair::ngx
