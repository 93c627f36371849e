// A WebSocket of Centrifugo's protocol, in either of its dialects.
#pragma once

#include "centrifuge/command.h"
#include "centrifuge/reply.h"
#include "ngx_module/subscriber/subscriber_ws.h"

namespace onair::ngx {

class CentrifugeSocket : public WebSocket {
  public:
    CentrifugeSocket(const LocConf* conf, const subscriber::Deflate& deflate,
                     centrifuge::Dialect dialect);

    // A unidirectional connection begins with the request in its URL: the reply
    // is its first message. False without memory.
    bool begin(std::span<const centrifuge::Wish> wishes);

  protected:
    void on_open() noexcept override;
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
};

}  // namespace onair::ngx
