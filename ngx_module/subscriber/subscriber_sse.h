// Server-sent events: over HTTP/1.x the connection is given back and written
// to directly, over HTTP/2 and HTTP/3 the request stays.
#pragma once

#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/stream.h"

namespace onair::ngx {

// How an answer that does not end begins.
struct StreamHead {
    std::string_view type;
    FramePtr hello;  // before the first message; empty: nothing
};
StreamHead event_head(Encoding encoding);

class SseStream : public Stream {
  public:
    SseStream(const LocConf* conf, Encoding encoding);

    static void opened(void* self, ngx_connection_t* c,
                       ConstBytes early) noexcept;
    void leave() noexcept override;

  protected:
    void on_bytes(Bytes bytes) noexcept override;
    ngx_msec_t on_heartbeat() noexcept override;
    // A sign of life; the end, and over HTTP/1.1 the last chunk.
    virtual const FramePtr& beat() noexcept;
    virtual FramePtr goodbye() noexcept;
    // Sends at once. False while something is under way: on_sent() comes then.
    bool say(const FramePtr& frame) noexcept;
    bool over() const { return ending(); }
    // Nothing is under way, and say() sends at once.
    bool idle() const { return attached() && !busy() && !over(); }
    void finish_with(const FramePtr& last) noexcept
    {
        send_control(last, true);
    }
};

class SseRequest : public Subscriber {
  public:
    SseRequest(const LocConf* conf, ngx_http_request_t* r, Encoding encoding,
               slot::Transport transport = slot::Transport::kSse) noexcept;
    ~SseRequest() override;

    void open() noexcept;
    bool deliver(Topic* topic) noexcept override;
    void leave() noexcept override;

    static void on_writable(ngx_http_request_t* r) noexcept;
    bool hold() noexcept { return held_.hold(); }

  protected:
    virtual const FramePtr& beat() noexcept;
    virtual FramePtr goodbye() noexcept;
    // As SseStream has them.
    bool say(const FramePtr& frame) noexcept;
    bool over() const { return ending_; }
    // Nothing is under way, and say() sends at once.
    bool idle() const { return open_ && !busy() && !over(); }
    void finish_with(const FramePtr& last) noexcept;
    virtual void on_sent() noexcept {}

  private:
    static void on_ended(void* self) noexcept;
    void on_due() noexcept override;
    ngx_str_t address() const noexcept override;
    bool send(const FramePtr& frame, bool last) noexcept;
    bool busy() const { return static_cast<bool>(out_); }
    void note_progress() noexcept;
    void fail() noexcept;
    void say_goodbye() noexcept;
    void finalize(ngx_int_t rc) noexcept;

    ngx_http_request_t* r_;
    HeldRequest held_;
    FramePtr out_;  // kept as long as nginx may hold buf_
    ngx_buf_t buf_{};
    ngx_chain_t chain_{};
    Ticks sent_at_ = 0;
    Ticks stalled_since_ = 0;
    off_t sent_then_ = 0;  // bytes that had left by then
    bool open_ = false;    // the head has been sent
    bool ending_ = false;
    FramePtr last_;  // instead of the goodbye
    bool said_goodbye_ = false;
    bool failed_ = false;
};

// HEAD of a stream: what GET would begin with.
ngx_int_t answer_event_head(ngx_http_request_t* r, std::string_view type);

// Head and first events (subscriber->first) of a stream over HTTP/1.x, whose
// request is given back; owns `made`.
ngx_int_t start_sse(ngx_http_request_t* r, const StreamHead& head,
                    SseStream* made);
// The same over HTTP/2 and HTTP/3; `made` lives in the request's pool.
ngx_int_t start_sse(ngx_http_request_t* r, const StreamHead& head,
                    SseRequest* made);

}  // namespace onair::ngx
