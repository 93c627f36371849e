// A PeerJS client's WebSocket.
#pragma once

#include "ngx_module/signalling/party.h"
#include "ngx_module/signalling/talk_socket.h"
#include "signalling/peerjs.h"

namespace onair::ngx {

class PeerSocket final : public TalkSocket, public Party {
  public:
    explicit PeerSocket(const LocConf* conf);
    ~PeerSocket() override;

    // Who it says it is; kept. `refusal`: it is told why and let go.
    void begin(const signalling::PeerQuery& query,
               signalling::PeerRefusal refusal);

    void hear(const Mail& mail) noexcept override;
    void give_up() noexcept override;

  protected:
    void on_open() noexcept override;
    void on_text(std::string_view text) noexcept override;
    void on_fault(std::string_view why) noexcept override;
    void on_let_go() noexcept override { give_up_soon(); }

  private:
    signalling::PeerRefusal take_id();
    std::string_view id() const { return {id_, id_size_}; }
    uint64_t key_of(std::string_view id) const;

    signalling::PeerRefusal refusal_ = signalling::PeerRefusal::kNone;
    uint64_t key_ = 0;
    uint64_t token_ = 0;  // its digest
    bool here_ = false;
    uint8_t id_size_ = 0;
    char id_[signalling::kMaxPeerId];
};

}  // namespace onair::ngx
