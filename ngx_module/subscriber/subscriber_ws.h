// A WebSocket: what a client says is parsed by the core's machine and bounded
// here; pings, pongs, commands, the close handshake.
#pragma once

#include "encoder/deflate.h"
#include "ngx_module/subscriber/stream.h"
#include "subscriber/close.h"
#include "subscriber/parser.h"
#include "subscriber/rate.h"
#include "subscriber/request.h"

namespace onair::ngx {

class WebSocket : public Stream {
  public:
    WebSocket(const LocConf* conf, const subscriber::Deflate& deflate);
    ~WebSocket() override;

    // For detach(): the head has left, the first bytes may be here.
    static void opened(void* self, ngx_connection_t* c,
                       ConstBytes early) noexcept;
    void leave() noexcept override;

  protected:
    // A whole message; valid in this call.
    virtual void on_message(Bytes message, bool binary) noexcept = 0;
    virtual void on_open() noexcept {}
    // The most bytes of a message; a larger one ends the connection.
    virtual size_t largest() const noexcept { return conf()->max_message; }

    // Answers a message or a ping; while the answer is on its way nothing more
    // is read, so that no answer takes the place of another.
    void reply(const FramePtr& frame) noexcept;
    // What clients of this kind are told besides RFC 6455's own frames: a sign
    // of life, and in which words it ends; `last` comes before the close frame.
    virtual const FramePtr& beat() noexcept;
    virtual subscriber::Closing closing_of(
        subscriber::Parting parting) noexcept;
    virtual subscriber::Closing closing_of(Fault fault) noexcept;
    virtual FramePtr last(const subscriber::Closing& closing) noexcept;
    // How many messages it may send before it is let go.
    virtual subscriber::RateRule rate_rule() const noexcept;
    // The client has sent a close frame.
    bool said_goodbye() const { return said_goodbye_; }
    void send_close(const subscriber::Closing& closing) noexcept;
    void fail(Fault fault) noexcept;
    const subscriber::Deflate& deflate() const { return deflate_; }

    void on_bytes(Bytes bytes) noexcept final;
    void on_sent() noexcept override;
    ngx_msec_t on_heartbeat() noexcept override;
    void on_cut() noexcept override;

  private:
    FramePtr close_frame_of(const subscriber::Closing& closing) noexcept;
    // What a message under way needs; a quiet connection has none.
    struct Input;
    void open(ngx_connection_t* c, ConstBytes early) noexcept;
    Input* input();
    void drop_input_if_idle();
    void take(Bytes bytes) noexcept;
    bool act(const subscriber::Action& action) noexcept;
    bool take_data(const subscriber::Action& action) noexcept;
    bool append(Bytes bytes) noexcept;
    bool inflate(Bytes bytes, bool end) noexcept;
    bool finish_message() noexcept;
    bool keep_rest(Bytes bytes) noexcept;
    bool grow(size_t size) noexcept;
    bool within_rate() noexcept;

    Input* input_ = nullptr;
    subscriber::Deflate deflate_;
    subscriber::Rate rate_;
    Ticks pinged_at_ = 0;
    bool said_goodbye_ = false;
};

// Checks the handshake's result and switches protocols; `made` is owned by
// this from now on.
ngx_int_t upgrade(ngx_http_request_t* r, const subscriber::Request& request,
                  const subscriber::Ask& ask, WebSocket* made);

}  // namespace onair::ngx
