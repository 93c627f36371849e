// A WebSocket on which peers are put through: each message is of worth, so that
// what cannot leave yet waits, up to a bound; and a worker that is told to go
// keeps it, as its end would end a call.
#pragma once

#include "ngx_module/room/queue.h"
#include "ngx_module/subscriber/subscriber_ws.h"

namespace onair::ngx {

FramePtr text_frame(std::string_view text);

class TalkSocket : public WebSocket {
  public:
    explicit TalkSocket(const LocConf* conf);

    void leave() noexcept final;
    void push(const FramePtr& frame) noexcept;

  protected:
    void on_open() noexcept override;
    void on_message(Bytes message, bool binary) noexcept final;
    void on_sent() noexcept final;
    size_t largest() const noexcept final;

    void say(std::string_view text) noexcept;
    // What make(Writer&) writes, at most `most` bytes.
    template <typename Make>
    void say(size_t most, Make make) noexcept;
    // After what waits has left.
    void close_with(const subscriber::Closing& closing, Reason why) noexcept;

    // A message within onair_max_message; views are good in this call.
    virtual void on_text(std::string_view text) noexcept = 0;
    virtual void on_fault(std::string_view why) noexcept = 0;
    // It does not read: its end may take as long as nginx lets a write take.
    virtual void on_let_go() noexcept = 0;

  private:
    void send_waiting() noexcept;

    Queue queue_;
    bool closes_ = false;
    subscriber::Closing closing_;
};

template <typename Make>
void TalkSocket::say(size_t most, Make make) noexcept
{
    auto* at = static_cast<char*>(ngx_alloc(most, ngx_cycle->log));
    if (at == nullptr) {
        fail(Fault::kNoMemory);
        return;
    }
    Writer out({at, most});
    make(out);
    say(out.view());
    ngx_free(at);
}

// Memory for reading one message; empty without any.
class Reading {
  public:
    explicit Reading(size_t size)
        : at_(static_cast<uint8_t*>(ngx_alloc(size, ngx_cycle->log))),
          arena_({at_, at_ != nullptr ? size : 0})
    {}
    ~Reading() { ngx_free(at_); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    Arena& arena() { return arena_; }

  private:
    uint8_t* at_;
    Arena arena_;
};

}  // namespace onair::ngx
