// A subscriber whose connection was given back by nginx's HTTP: it owns the
// connection and writes ready bytes to it. The base of WebSocket and of
// server-sent events over HTTP/1.x.
//
// One frame may be under way, one control frame behind it, and nothing else:
// what changes meanwhile is picked up when they have gone (latest wins).
#pragma once

#include "ngx_module/subscriber/detach.h"
#include "ngx_module/subscriber/subscriber.h"

namespace onair::ngx {

class Stream : public Subscriber {
  public:
    Stream(const LocConf* conf, slot::Transport transport, Encoding encoding);
    ~Stream() override;

    bool deliver(Topic* topic) noexcept final;

    // Who the client is; to be set before the request is given back.
    void set_client(ngx_http_request_t* r);
    // The calls of detach() that are the same for all; data is the Stream.
    static void readable(void* self) noexcept;
    static void writable(void* self) noexcept;
    static void given_back(void* self, ngx_connection_t* c) noexcept;
    static void lost(void* self, bool stalled) noexcept;

  protected:
    enum class Sent : uint8_t { kAll, kSome, kFailed };

    // Sends now, or remembers what is left. Only when nothing is under way.
    Sent send(const FramePtr& frame) noexcept;
    // The greeting has left with the head; now whatever came meanwhile.
    void greeted() noexcept;
    // Sends behind whatever is under way; a later one replaces one that still
    // waits, but never one marked as the last.
    void send_control(const FramePtr& frame, bool last) noexcept;
    bool busy() const { return static_cast<bool>(out_); }
    bool ending() const { return ending_; }
    // From now on it writes to the connection, whether its request has been
    // given back or not.
    void attach(ngx_connection_t* c);
    // Told to leave before that, the goodbye is said then.
    bool attached() const { return c_ != nullptr; }
    bool leave_when_open = false;

    // Ends what we write and waits, for a bounded time, for the client to end
    // too, so that the last bytes are not lost to a reset; then closes.
    void linger() noexcept;
    // Closes as soon as no caller is in the way.
    void end(Reason why) noexcept;

    // Bytes from the client. Only while not lingering.
    virtual void on_bytes(Bytes bytes) noexcept = 0;
    // What was under way has gone; busy() is false. Before catch_up().
    virtual void on_sent() noexcept {}
    // Time for a sign of life; returns how long until the next.
    virtual ngx_msec_t on_heartbeat() noexcept = 0;
    // worker_shutdown_timeout has come: the connection ends behind this.
    virtual void on_cut() noexcept {}
    // Nothing is read before resume_reading().
    bool reading_paused = false;
    void resume_reading() noexcept;

    void start_waiting() noexcept;
    ngx_connection_t* connection() const { return c_; }
    Ticks heard_at = 0;

  private:
    bool deliver_slowly(Topic* topic) noexcept;
    void fell_short(const FramePtr& frame, size_t sent) noexcept;
    static void on_read_event(ngx_event_t* event) noexcept;
    static void on_write_event(ngx_event_t* event) noexcept;
    static u_char* on_log(ngx_log_t* log, u_char* buf, size_t len) noexcept;
    void on_due() noexcept final;
    ngx_str_t address() const noexcept final { return address_text_; }
    void on_readable() noexcept;
    void on_writable() noexcept;
    bool request_is_held() const;
    void read() noexcept;
    void discard() noexcept;
    void flush() noexcept;
    Sent write() noexcept;
    void destroy() noexcept;
    void abandon_output() noexcept;
    void reset_if_told_so() noexcept;
    void move_to_own_memory(ngx_connection_t* c);

    // What a delivery touches.
    FramePtr out_;
    ngx_socket_t fd_ = -1;
    bool direct_ = false;  // nothing is between us and the socket
    bool ending_ = false;  // nothing new is to be sent

  protected:
    Ticks sent_at = 0;

  private:
    ngx_connection_t* c_ = nullptr;
    FramePtr control_;
    uint32_t out_at_ = 0;
    Ticks stalled_since_ = 0;
    bool control_is_last_ = false;
    bool lingering_ = false;  // we have ended, the client has not
    bool dead_ = false;       // to be destroyed by the next event
    uint8_t address_size_ = 0;
    ngx_str_t address_text_{0, nullptr};
    ngx_log_t log_{};
    char address_[NGX_INET6_ADDRSTRLEN + 1];
};

inline constexpr size_t kReadAtOnce = size_t{16} * 1024;
inline constexpr ngx_msec_t kLingerMs = 5000;

}  // namespace onair::ngx
