// onair_echo: a WebSocket that sends each message back, so that conformance
// clients and people can reach the protocol machine.
#pragma once

#include "ngx_module/subscriber/subscriber_ws.h"

namespace onair::ngx {

class Echo : public WebSocket {
  public:
    Echo(const LocConf* conf, const subscriber::Deflate& deflate);

  protected:
    void on_message(Bytes message, bool binary) noexcept override;

  private:
    FramePtr frame_of(Bytes message, bool binary);

    encoder::Deflater deflater_;
    bool deflater_started_ = false;
};

}  // namespace onair::ngx
