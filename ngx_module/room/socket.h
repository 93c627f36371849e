// A member by WebSocket.
#pragma once

#include "ngx_module/room/guest.h"
#include "ngx_module/room/queue.h"
#include "ngx_module/subscriber/subscriber_ws.h"

namespace onair::ngx {

class RoomSocket : public WebSocket, public Guest {
  public:
    RoomSocket(const LocConf* conf, const subscriber::Deflate& deflate);
    ~RoomSocket() override;

    void push(const FramePtr& frame) noexcept override;
    Encoding form() const noexcept override { return encoding(); }
    const LocConf* location() const noexcept override { return conf(); }
    void dismiss(std::string_view why) noexcept override;

  protected:
    void on_open() noexcept override;
    void on_message(Bytes message, bool binary) noexcept override;
    void on_sent() noexcept override;
    void on_retire() noexcept override { part_all(this, false); }
    subscriber::RateRule rate_rule() const noexcept override;

  private:
    void send_waiting() noexcept;
    void leave_with(Reason why, const subscriber::Closing& closing) noexcept;

    Queue queue_;
};

}  // namespace onair::ngx
