// A WebSocket that is subscribed to stations and takes the commands of
// docs/wire.md.
#pragma once

#include "ngx_module/subscriber/subscriber_ws.h"
#include "subscriber/command.h"

namespace onair::ngx {

class StationSocket : public WebSocket {
  public:
    StationSocket(const LocConf* conf, const subscriber::Deflate& deflate,
                  const TopicKey& view);

  protected:
    void on_open() noexcept override;
    void on_message(Bytes message, bool binary) noexcept override;

  private:
    void obey(const subscriber::Command& command) noexcept;
    bool add(std::string_view station) noexcept;
    size_t stations_after(const subscriber::Command& command) const noexcept;
    // What speaks against the command, in words; empty: nothing.
    std::string_view check(const subscriber::Command& command) const noexcept;
    void complain(std::string_view why) noexcept;
    void say(std::string_view text) noexcept;

    TopicKey view_;  // all but the name
};

}  // namespace onair::ngx
