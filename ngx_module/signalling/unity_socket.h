// The app's WebSocket.
#pragma once

#include "ngx_module/signalling/talk_socket.h"
#include "ngx_module/signalling/unity_party.h"

namespace onair::ngx {

class UnitySocket final : public TalkSocket, public UnityParty {
  public:
    explicit UnitySocket(const LocConf* conf);
    ~UnitySocket() override;

  protected:
    void on_open() noexcept override;
    void on_text(std::string_view text) noexcept override;
    void on_fault(std::string_view why) noexcept override;
    void on_let_go() noexcept override { give_up_soon(); }
    void be_told(const signalling::Signal& signal,
                 uint64_t key) noexcept override;

  private:
    void answer(const signalling::Signal& signal,
                const signalling::Ruling& ruling) noexcept;
};

}  // namespace onair::ngx
