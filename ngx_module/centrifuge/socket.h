// A WebSocket of Centrifugo's protocol, in either of its dialects.
#pragma once

#include "centrifuge/command.h"
#include "centrifuge/reply.h"
#include "ngx_module/centrifuge/talker.h"
#include "ngx_module/subscriber/subscriber_ws.h"

namespace onair::ngx {

class CentrifugeSocket : public WebSocket, public TalkerLine {
  public:
    CentrifugeSocket(const LocConf* conf, const subscriber::Deflate& deflate,
                     centrifuge::Dialect dialect);
    ~CentrifugeSocket() override;

    // It may enter rooms. False without memory.
    bool introduce(const Introduction& introduction);
    // A unidirectional connection begins with the request in its URL: the reply
    // is its first message. False without memory.
    bool begin(std::span<const centrifuge::Wish> wishes);

  protected:
    void on_open() noexcept override;
    void on_sent() noexcept override;
    void on_retire() noexcept override;
    subscriber::RateRule rate_rule() const noexcept override;
    bool send_of_rooms(const FramePtr& frame) noexcept override;
    void end_for_rooms(const centrifuge::Closing& closing) noexcept override;
    void on_message(Bytes message, bool binary) noexcept override;
    ngx_msec_t on_heartbeat() noexcept override;
    const FramePtr& beat() noexcept override;
    subscriber::Closing closing_of(
        subscriber::Parting parting) noexcept override;
    subscriber::Closing closing_of(Fault fault) noexcept override;
    FramePtr last(const subscriber::Closing& closing) noexcept override;

  private:
    void hear_request(std::string_view text) noexcept;
    void hear_commands(std::string_view text) noexcept;
    void end_with(const centrifuge::Closing& closing) noexcept;

    centrifuge::Dialect dialect_;
    bool connected_ = false;
    TalkerPtr talker_;  // of the bidirectional dialect, where there are rooms
};

}  // namespace onair::ngx
