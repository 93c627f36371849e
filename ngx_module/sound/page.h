// Pages that listen: over WebSocket, and by server-sent events over HTTP/1.x
// (the connection is given back) and over HTTP/2 and HTTP/3 (the request
// stays).
#pragma once

#include <utility>

#include "ngx_module/sound/recital.h"
#include "ngx_module/subscriber/subscriber_sse.h"
#include "ngx_module/subscriber/subscriber_ws.h"

namespace onair::ngx {

class SoundSocket final : public WebSocket, public Listener {
  public:
    SoundSocket(const LocConf* conf, const Hearing& hearing);
    ~SoundSocket() override;

    // A worker that leaves goes on sending.
    void leave() noexcept override { unlist(); }

  protected:
    void on_open() noexcept override;
    void on_sent() noexcept override;
    // A page has nothing to say here.
    void on_message(Bytes, bool) noexcept override {}
    void on_retire() noexcept override { leave_relay(); }
    void write_log(const ngx_str_t& address) noexcept override;
    void hear() noexcept override;

  private:
    Recital recital_;
};

// `Base` is what carries it.
template <typename Base>
class SoundEvents final : public Base, public Listener {
  public:
    template <typename... Args>
    SoundEvents(const Hearing& hearing, Args&&... args) noexcept
        : Base(std::forward<Args>(args)...),
          Listener(hearing.relay, hearing.listening, hearing.laps),
          recital_(hearing)
    {}
    ~SoundEvents() override { this->retire(Reason::kConnectionLost); }

    void leave() noexcept override { this->unlist(); }

  protected:
    void on_sent() noexcept override;
    void on_retire() noexcept override { leave_relay(); }
    void write_log(const ngx_str_t& address) noexcept override;
    void hear() noexcept override;

  private:
    Recital recital_;
};

using SoundStream = SoundEvents<SseStream>;
using SoundRequest = SoundEvents<SseRequest>;

extern template class SoundEvents<SseStream>;
extern template class SoundEvents<SseRequest>;

}  // namespace onair::ngx
