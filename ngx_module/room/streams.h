// Members by server-sent events, over HTTP/1.x (the connection is given back)
// and over HTTP/2 and HTTP/3 (the request stays). What they say comes by
// requests of their own (say.h).
#pragma once

#include <utility>

#include "ngx_module/room/guest.h"
#include "ngx_module/room/queue.h"
#include "ngx_module/subscriber/subscriber_sse.h"

namespace onair::ngx {

// `Base` is what carries it.
template <typename Base>
class RoomEvents final : public Base, public Guest {
  public:
    template <typename... Args>
    explicit RoomEvents(const LocConf* conf, Args&&... args) noexcept
        : Base(conf, std::forward<Args>(args)...)
    {}
    ~RoomEvents() override { part_all(this, false); }

    void push(const FramePtr& frame) noexcept override;
    Encoding form() const noexcept override { return this->encoding(); }
    const LocConf* location() const noexcept override { return this->conf(); }
    void dismiss(std::string_view why) noexcept override;

  protected:
    void on_sent() noexcept override;
    void on_retire() noexcept override { part_all(this, false); }

  private:
    void leave_with(Reason why) noexcept;

    Queue queue_;
};

using RoomStream = RoomEvents<SseStream>;
using RoomRequest = RoomEvents<SseRequest>;

extern template class RoomEvents<SseStream>;
extern template class RoomEvents<SseRequest>;

}  // namespace onair::ngx
