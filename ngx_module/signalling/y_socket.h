// A y-webrtc client's WebSocket.
#pragma once

#include "ngx_module/signalling/talk_socket.h"
#include "ngx_module/signalling/topics.h"

namespace onair::ngx {

class YSocket final : public TalkSocket, public Party {
  public:
    static constexpr size_t kMostTopics = 256;

    explicit YSocket(const LocConf* conf);
    ~YSocket() override;

    void hear(const Mail& mail) noexcept override;
    void give_up() noexcept override;

  protected:
    void on_text(std::string_view text) noexcept override;
    void on_fault(std::string_view why) noexcept override;
    void on_let_go() noexcept override { give_up_soon(); }

  private:
    Subscription** find(std::string_view name);
    void add(std::string_view name);
    void remove(std::string_view name);

    Subscription* topics_ = nullptr;
    size_t count_ = 0;
};

}  // namespace onair::ngx
