// A listener to the sound alone: players, and browsers' <audio>. Over HTTP/1.x
// the connection is given back and written to directly, over HTTP/2 and HTTP/3
// the request stays.
#pragma once

#include "ngx_module/sound/recital.h"
#include "ngx_module/subscriber/subscriber_sse.h"
#include "sound/icy.h"

namespace onair::ngx {

// The line of onair_log of one who listened; counts what he heard.
void log_listener(const Subscriber* subscriber, const Relay* relay,
                  sound::Listening listening, uint32_t moved,
                  const ngx_str_t& address) noexcept;

class Audio final : public Stream, public Listener {
  public:
    Audio(const LocConf* conf, const Hearing& hearing);
    ~Audio() override;

    static void opened(void* self, ngx_connection_t* c,
                       ConstBytes early) noexcept;
    // A worker that leaves goes on sending.
    void leave() noexcept override { unlist(); }

  protected:
    void on_bytes(Bytes) noexcept override {}
    ngx_msec_t on_heartbeat() noexcept override;
    void write_log(const ngx_str_t& address) noexcept override;
    void hear() noexcept override;

  private:
    bool send_block(uint32_t cue);
    bool send_head(uint32_t generation);
    bool send_sound(const sound::RingReader::Run& run);
    bool send_frame(const FramePtr& frame);
    size_t most() const;
    bool is_direct() const;
    void end_his_way();

    sound::Cursor cursor_;
    sound::IcyPhase icy_;
    uint32_t told_cue_ = UINT32_MAX;
    uint32_t moved_ = 0;
    Ticks blocked_since_ = 0;
    Wrap wrap_;
};

class AudioRequest final : public SseRequest, public Listener {
  public:
    AudioRequest(const LocConf* conf, ngx_http_request_t* r,
                 const Hearing& hearing) noexcept;
    ~AudioRequest() override;

    // The head has left: what there is comes at once.
    void begin() noexcept;

    void leave() noexcept override { unlist(); }

  protected:
    const FramePtr& beat() noexcept override;
    FramePtr goodbye() noexcept override { return {}; }
    void on_sent() noexcept override;
    void write_log(const ngx_str_t& address) noexcept override;
    void hear() noexcept override;

  private:
    bool send_next();

    sound::Cursor cursor_;
    sound::IcyPhase icy_;
    uint32_t told_cue_ = UINT32_MAX;
    uint32_t moved_ = 0;
};

}  // namespace onair::ngx
