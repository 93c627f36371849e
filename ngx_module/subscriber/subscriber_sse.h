// Server-sent events: over HTTP/1.x the connection is given back and written
// to directly, over HTTP/2 and HTTP/3 the request stays.
#pragma once

#include "ngx_module/base/freelist.h"
#include "ngx_module/http2/own_frames.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/held_subrequests.h"
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

// Over HTTP/2 its frames are its own once nginx has sent the head, and where
// its memory is its own too (make_movable) a small request takes the place of
// the one that it began with. Otherwise it sends through nginx's filters.
class SseRequest : public Subscriber {
  public:
    SseRequest(const LocConf* conf, ngx_http_request_t* r, Encoding encoding,
               slot::Transport transport = slot::Transport::kSse) noexcept;
    ~SseRequest() override;

    void open() noexcept;
    // The one that was opened last may have become small meanwhile: before
    // another request is made large.
    static void settle_last() noexcept;
    bool deliver(Topic* topic) noexcept override;
    void leave() noexcept override;

    static void on_writable(ngx_http_request_t* r) noexcept;
    bool hold() noexcept { return held_.hold(); }
    // Its memory goes with this cleanup handler of the request's pool, and with
    // the same of another request.
    void moves_with(ngx_pool_cleanup_t* cleanup) { memory_ = cleanup; }

  protected:
    virtual const FramePtr& beat() noexcept;
    virtual FramePtr goodbye() noexcept;
    // As SseStream has them.
    bool say(const FramePtr& frame) noexcept;
    bool over() const { return ending_; }
    // Nothing is under way, and say() sends at once; else on_sent() comes.
    bool idle() noexcept;
    void finish_with(const FramePtr& last) noexcept;
    virtual void on_sent() noexcept {}

  private:
    static void on_ended(void* self) noexcept;
    void on_due() noexcept override;
    ngx_str_t address() const noexcept override;
    // What nginx's filters are given.
    struct Filtered {
        ngx_buf_t buf;
        ngx_chain_t chain;
    };
    void send(const FramePtr& frame, bool last) noexcept;
    void send_filtered(const FramePtr& frame, bool last) noexcept;
    void take(OwnFrames::Sent sent) noexcept;
    // False: what is under way has not left, or there is an end to it all.
    bool go_on_filtered() noexcept;
    bool go_on_framed() noexcept;
    void go_on() noexcept;
    void begin_frames() noexcept;
    void become_small() noexcept;
    bool busy() const { return out_ || frames_.busy(); }
    void note_progress() noexcept;
    void fail() noexcept;
    void say_goodbye() noexcept;
    void finalize(ngx_int_t rc) noexcept;
    // What is held has its turn at once.
    void wait_for(ngx_msec_t ms) noexcept { wait(begun_.empty() ? ms : 0); }

    ngx_http_request_t* r_;
    HeldRequest held_;
    HeldSubrequests begun_;
    FramePtr out_;  // kept as long as nginx's filters may hold it
    Filtered* filtered_ = nullptr;
    OwnFrames frames_;
    ngx_pool_cleanup_t* memory_ = nullptr;
    Ticks sent_at_ = 0;
    Ticks stalled_since_ = 0;
    off_t sent_then_ = 0;  // bytes that had left by then
    bool open_ = false;    // the head has been sent
    bool framed_ = false;  // by frames_
    bool small_ = false;   // the request is
    bool ending_ = false;
    FramePtr last_;  // instead of the goodbye
    bool said_goodbye_ = false;
    bool failed_ = false;
};

// One that goes with the request, in memory of its own.
template <typename T, typename... Args>
T* make_movable(ngx_http_request_t* r, Args&&... args)
{
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, 0);
    T* made = cleanup != nullptr ? make_listed<T>(std::forward<Args>(args)...)
                                 : nullptr;
    if (made != nullptr) {
        cleanup->handler = [](void* data) {
            free_listed(static_cast<T*>(data));
        };
        cleanup->data = made;
        made->moves_with(cleanup);
    }
    return made;
}

// HEAD of a stream: what GET would begin with.
ngx_int_t answer_event_head(ngx_http_request_t* r, std::string_view type);

// Head and first events (subscriber->first) of a stream over HTTP/1.x, whose
// request is given back; owns `made`.
ngx_int_t start_sse(ngx_http_request_t* r, const StreamHead& head,
                    SseStream* made);
// The same over HTTP/2 and HTTP/3; `made` goes with the request.
ngx_int_t start_sse(ngx_http_request_t* r, const StreamHead& head,
                    SseRequest* made);

}  // namespace onair::ngx
