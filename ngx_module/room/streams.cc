#include "ngx_module/room/streams.h"

#include "ngx_module/zone/worker.h"

namespace onair::ngx {

template <typename Base>
void RoomEvents<Base>::push(const FramePtr& frame) noexcept
{
    if (this->over()) {
        return;
    }
    if (queue_.empty() && this->say(frame)) {
        this->count_message();
    } else if (!queue_.add(frame)) {
        count(slot::Total::kStalled);
        leave_with(Reason::kStalled);
    }
}

template <typename Base>
void RoomEvents<Base>::on_sent() noexcept
{
    while (!queue_.empty()) {
        FramePtr frame = queue_.front();
        if (!this->say(frame)) {
            return;
        }
        queue_.pop();
        this->count_message();
    }
}

// It is not counted any more, however long it takes to read what is under way.
template <typename Base>
void RoomEvents<Base>::leave_with(Reason why) noexcept
{
    queue_.clear();
    part_all(this, false);
    this->reason = why;
    this->finish_with(this->goodbye());
}

template <typename Base>
void RoomEvents<Base>::dismiss(std::string_view) noexcept
{
    if (!this->over()) {
        leave_with(Reason::kProtocolError);
    }
}

template class RoomEvents<SseStream>;
template class RoomEvents<SseRequest>;

}  // namespace onair::ngx
