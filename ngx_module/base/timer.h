// A timer that stops when it is destroyed, and an event posted to oneself.
#pragma once

#include <cstddef>
#include <type_traits>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// nginx's debug log reads the descriptor of a timer's data as if it were a
// connection: this is as much of one as it looks at.
struct LooksLikeConnection {
    void* data = nullptr;
    ngx_event_t* read = nullptr;
    ngx_event_t* write = nullptr;
    ngx_socket_t fd = static_cast<ngx_socket_t>(-1);
};

// An event of ours that no descriptor belongs to.
class LoopEvent {
  public:
    using Callback = void (*)(void* owner) noexcept;

    LoopEvent(Callback callback, void* owner) : callback_(callback)
    {
        connection_.data = owner;
        ngx_memzero(&event_, sizeof(event_));
        event_.handler = on_event;
        event_.data = &connection_;
        event_.cancelable = 1;
    }
    ~LoopEvent() { cancel(); }
    LoopEvent(const LoopEvent&) = delete;
    LoopEvent& operator=(const LoopEvent&) = delete;

    // A timer that does not keep a leaving worker alive, unless told so.
    void start(ngx_msec_t delay, bool keeps_worker = false)
    {
        event_.log = ngx_cycle->log;
        event_.cancelable = keeps_worker ? 0 : 1;
        if (event_.timer_set) {
            ngx_del_timer(&event_);
        }
        ngx_add_timer(&event_, delay);
    }
    void stop()
    {
        if (event_.timer_set) {
            ngx_del_timer(&event_);
        }
    }
    // The timer, and what was posted too.
    void cancel()
    {
        stop();
        if (event_.posted) {
            ngx_delete_posted_event(&event_);
        }
    }
    bool started() const { return event_.timer_set; }
    // It is started, and its time comes in so long at the latest.
    bool ends_within(ngx_msec_t delay) const
    {
        return started() &&
               static_cast<ngx_msec_int_t>(event_.timer.key - ngx_current_msec -
                                           delay) <= 0;
    }
    // Its time has come, and the loop has not got there yet.
    bool overdue() const
    {
        return started() && static_cast<ngx_msec_int_t>(event_.timer.key -
                                                        ngx_current_msec) <= 0;
    }

    // Soon, in this turn of the loop.
    void post()
    {
        event_.log = ngx_cycle->log;
        if (!event_.posted) {
            ngx_post_event(&event_, &ngx_posted_events);
        }
    }
    // In the next turn, after other events had theirs.
    void post_next()
    {
        event_.log = ngx_cycle->log;
        if (!event_.posted) {
            ngx_post_event(&event_, &ngx_posted_next_events);
        }
    }

  private:
    static void on_event(ngx_event_t* event) noexcept
    {
        auto* connection = static_cast<LooksLikeConnection*>(event->data);
        // SAFETY: connection_ is a LoopEvent's member beside callback_; the
        // owner's callback is reached through the LoopEvent that holds both.
        auto* self = reinterpret_cast<LoopEvent*>(
            reinterpret_cast<char*>(connection) - offset());
        self->callback_(connection->data);
    }
    static size_t offset();

    LooksLikeConnection connection_;
    ngx_event_t event_;
    Callback callback_;
};

inline size_t LoopEvent::offset()
{
    static_assert(std::is_standard_layout_v<LoopEvent>);
    return offsetof(LoopEvent, connection_);
}

}  // namespace onair::ngx
