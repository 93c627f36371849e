#include "ngx_module/subscriber/stream.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/freelist.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/totals.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// Over TLS no more than a record at once: of a write that OpenSSL did not
// finish nobody is told how much has left.
constexpr size_t kRecord = size_t{16} * 1024;

size_t at_once(const ngx_connection_t* c, size_t left)
{
#if (NGX_SSL)
    return c->ssl != nullptr ? ngx_min(left, kRecord) : left;
#else
    (void)c;
    return left;
#endif
}

// nginx's send() is the kernel's: no TLS, no other system's way.
bool is_direct(const ngx_connection_t* c)
{
#if (NGX_SSL)
    if (c->ssl != nullptr) {
        return false;
    }
#endif
    return c->send == ngx_send && ngx_send == ngx_unix_send;
}

ngx_msec_t send_timeout(const LocConf* conf)
{
    return conf->core != nullptr ? conf->core->send_timeout : 60000;
}

}  // namespace

Stream::Stream(const LocConf* conf, slot::Transport transport,
               Encoding encoding)
    : Subscriber(conf, transport, encoding)
{}

Stream::~Stream()
{
    // Lost before its head had left.
    retire(Reason::kConnectionLost);
    if (c_ == nullptr) {
        return;
    }
    ngx_connection_t* c = c_;
    bool held = request_is_held();
    c_ = nullptr;
    if (held) {
        close_held(c);
    } else {
        c->data = nullptr;
        close_detached(c);
    }
}

// nginx finds the request there as long as there is one.
bool Stream::request_is_held() const
{
    return c_->data != this;
}

void Stream::set_client(ngx_http_request_t* r)
{
    const ngx_str_t& text = r->connection->addr_text;
    address_size_ = static_cast<uint8_t>(ngx_min(text.len, sizeof(address_)));
    copy_bytes(address_, text.data, address_size_);
    address_text_ = {address_size_, uchars(address_)};
}

void Stream::lost(void* self, bool stalled) noexcept
{
    auto* stream = static_cast<Stream*>(self);
    if (stalled) {
        count(slot::Total::kStalled);
        stream->reason = Reason::kStalled;
    } else if (stream->c_ != nullptr && stream->c_->close &&
               stream->reason == Reason::kNone) {
        stream->reason = Reason::kLeaving;  // worker_shutdown_timeout
    }
    stream->c_ = nullptr;
    free_listed(stream);
}

void Stream::move_to_own_memory(ngx_connection_t* c)
{
    log_ = *c->log;
    log_.handler = on_log;
    log_.data = this;
    log_.action = nullptr;
    c->addr_text = address_text_;
    free_connection_pool(c, &log_);
}

void Stream::given_back(void* self, ngx_connection_t* c) noexcept
{
    auto* stream = static_cast<Stream*>(self);
    stream->c_ = c;
    c->data = stream;
    c->read->handler = on_read_event;
    c->write->handler = on_write_event;
    stream->move_to_own_memory(c);
}

void Stream::attach(ngx_connection_t* c)
{
    c_ = c;
    fd_ = c->fd;
    direct_ = is_direct(c);
    c->idle = 0;
    ngx_reusable_connection(c, 0);
    heard_at = sent_at = ticks();
    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        end(Reason::kConnectionLost);
        return;
    }
    if (c->read->ready && !c->read->posted) {
        ngx_post_event(c->read, &ngx_posted_events);
    }
    start_waiting();
}

void Stream::start_waiting() noexcept
{
    wait(conf()->heartbeat);
}

u_char* Stream::on_log(ngx_log_t* log, u_char* buf, size_t len) noexcept
{
    auto* self = static_cast<Stream*>(log->data);
    return ngx_snprintf(buf, len, ", client: %V", &self->address_text_);
}

// --- what goes out ---

// As nearly always all leaves at once, and nothing but this object is touched.
bool Stream::deliver(Topic* topic) noexcept
{
    Frame* frame = topic->frame(encoding()).get();
    if (!direct_ || out_ || ending_ || first || frame == nullptr) {
        return deliver_slowly(topic);
    }
    size_t size = frame->size();
    ssize_t n = ::send(fd_, frame->data(), size, 0);
    if (n <= 0) {
        return deliver_slowly(topic);  // nginx knows all that may be wrong
    }
    messages++;
    count_at_once(slot::Total::kMessages);
    bytes += static_cast<uint64_t>(n);
    sent_at = ticks();
    if (static_cast<size_t>(n) != size) {
        fell_short(topic->frame(encoding()), static_cast<size_t>(n));
    }
    return true;
}

void Stream::fell_short(const FramePtr& frame, size_t sent) noexcept
{
    c_->write->ready = 0;
    c_->sent += static_cast<off_t>(sent);
    out_ = frame;
    out_at_ = static_cast<uint32_t>(sent);
    stalled_since_ = ticks();
    if (ngx_handle_write_event(c_->write, 0) != NGX_OK) {
        end(Reason::kConnectionLost);
        return;
    }
    wait(send_timeout(conf()));
}

bool Stream::deliver_slowly(Topic* topic) noexcept
{
    if (out_ || ending_ || c_ == nullptr || first) {
        return false;
    }
    const FramePtr& frame = topic->frame(encoding());
    if (!frame) {
        return false;
    }
    count_message();
    send(frame);
    return true;
}

void Stream::greeted() noexcept
{
    if (dead_) {
        return;
    }
    count_message(first_messages);
    bytes += first ? first->size() : 0;
    first.reset();
    catch_up();
}

Stream::Sent Stream::send(const FramePtr& frame) noexcept
{
    if (dead_ || c_ == nullptr) {
        return Sent::kFailed;
    }
    if (frame->size() == 0) {
        return Sent::kAll;  // all of no stations; nginx dislikes sending it
    }
    size_t piece = at_once(c_, frame->size());
    ssize_t n = c_->send(c_, frame->data(), piece);
    if (n == static_cast<ssize_t>(frame->size())) {
        // As nearly always: nothing to remember.
        bytes += static_cast<uint64_t>(n);
        sent_at = ticks();
        return Sent::kAll;
    }
    if (n == NGX_ERROR) {
        end(Reason::kConnectionLost);
        return Sent::kFailed;
    }
    out_ = frame;
    out_at_ = n > 0 ? static_cast<uint32_t>(n) : 0;
    bytes += out_at_;
    stalled_since_ = ticks();
    Sent sent = n == static_cast<ssize_t>(piece) ? write() : Sent::kSome;
    if (sent == Sent::kAll) {
        out_.reset();
        sent_at = ticks();
        return Sent::kAll;
    }
    if (sent == Sent::kFailed ||
        ngx_handle_write_event(c_->write, 0) != NGX_OK) {
        end(Reason::kConnectionLost);
        return Sent::kFailed;
    }
    wait(send_timeout(conf()));
    return Sent::kSome;
}

void Stream::send_control(const FramePtr& frame, bool last) noexcept
{
    if (ending_ || !frame) {
        return;
    }
    ending_ = last;
    if (out_) {
        control_ = frame;
        control_is_last_ = last;
        return;
    }
    if (send(frame) == Sent::kAll && last) {
        linger();
    } else {
        control_is_last_ = last;
    }
}

Stream::Sent Stream::write() noexcept
{
    while (out_at_ < out_->size()) {
        size_t piece = at_once(c_, out_->size() - out_at_);
        ssize_t n = c_->send(c_, out_->data() + out_at_, piece);
        if (n == NGX_ERROR) {
            return Sent::kFailed;
        }
        if (n == NGX_AGAIN || n == 0) {
            return Sent::kSome;
        }
        out_at_ += static_cast<uint32_t>(n);
        bytes += static_cast<uint64_t>(n);
        stalled_since_ = ticks();
        if (static_cast<size_t>(n) < piece) {
            return Sent::kSome;  // there is no room, and an event to come
        }
    }
    return Sent::kAll;
}

void Stream::flush() noexcept
{
    while (out_ && !dead_) {
        Sent sent = write();
        if (sent == Sent::kFailed) {
            end(Reason::kConnectionLost);
            return;
        }
        if (sent == Sent::kSome) {
            if (ngx_handle_write_event(c_->write, 0) != NGX_OK) {
                end(Reason::kConnectionLost);
            }
            return;
        }
        out_.reset();
        sent_at = ticks();
        if (control_) {
            out_ = control_;
            out_at_ = 0;
            control_.reset();
            continue;
        }
        if (ending_) {
            linger();
            return;
        }
        on_sent();
        if (!out_) {
            catch_up();
        }
    }
    if (!out_ && !dead_ && !lingering_) {
        start_waiting();
    }
}

void Stream::linger() noexcept
{
    if (lingering_ || dead_) {
        return;
    }
    ending_ = true;
    lingering_ = true;
#if (NGX_SSL)
    if (c_->ssl != nullptr) {
        // The close_notify; where it does not fit there is no use in waiting.
        SSL_shutdown(c_->ssl->connection);
        ERR_clear_error();
    }
#endif
    ngx_shutdown_socket(c_->fd, NGX_WRITE_SHUTDOWN);
    wait(kLingerMs);
    if (c_->read->ready && !c_->read->posted) {
        ngx_post_event(c_->read, &ngx_posted_events);
    }
}

// --- what comes in ---

void Stream::on_read_event(ngx_event_t* event) noexcept
{
    auto* c = static_cast<ngx_connection_t*>(event->data);
    static_cast<Stream*>(c->data)->on_readable();
}

void Stream::on_write_event(ngx_event_t* event) noexcept
{
    auto* c = static_cast<ngx_connection_t*>(event->data);
    static_cast<Stream*>(c->data)->on_writable();
}

void Stream::readable(void* self) noexcept
{
    static_cast<Stream*>(self)->on_readable();
}

void Stream::writable(void* self) noexcept
{
    static_cast<Stream*>(self)->on_writable();
}

void Stream::on_writable() noexcept
{
    if (!dead_) {
        flush();
    }
    // Or select and poll would tell of it again and again.
    if (!busy() && ngx_handle_write_event(c_->write, 0) != NGX_OK) {
        end(Reason::kConnectionLost);
    }
}

// --- time ---

void Stream::on_due() noexcept
{
    if (lingering_) {
        destroy();
        return;
    }
    if (!out_ && !ending_) {
        catch_up();  // what there was no memory for when it came
        if (dead_) {
            return;
        }
    }
    if (out_) {
        auto stalled = static_cast<ngx_msec_t>(ticks() - stalled_since_);
        ngx_msec_t limit = send_timeout(conf());
        if (stalled >= limit) {
            count(slot::Total::kStalled);
            reason = Reason::kStalled;
            reset_if_told_so();
            destroy();
            return;
        }
        wait(limit - stalled);
        return;
    }
    ngx_msec_t next = on_heartbeat();
    if (!dead_ && !waiting()) {
        wait(next);
    }
}

// --- the end ---

void Stream::end(Reason why) noexcept
{
    if (dead_) {
        return;
    }
    dead_ = true;
    ending_ = true;
    if (reason == Reason::kNone) {
        reason = why;
    }
    abandon_output();
    cancel();
    // Not now: a fan-out or a parser may be in the middle of us.
    if (!c_->read->posted) {
        ngx_post_event(c_->read, &ngx_posted_events);
    }
}

// OpenSSL takes no close_notify, nor anything else, in the middle of a write.
void Stream::abandon_output() noexcept
{
    if (out_ && c_ != nullptr) {
        c_->error = 1;
    }
    out_.reset();
    control_.reset();
}

// As nginx does with a request that timed out: what the client does not take
// shall not stay in the kernel until it gives up too.
void Stream::reset_if_told_so() noexcept
{
    const ngx_http_core_loc_conf_t* core = conf()->core;
    if (core == nullptr || !core->reset_timedout_connection) {
        return;
    }
    struct linger at_once = {1, 0};
    if (setsockopt(c_->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)) ==
        -1) {
        ngx_log_error(NGX_LOG_ALERT, c_->log, ngx_socket_errno,
                      "setsockopt(SO_LINGER) failed");
    }
}

void Stream::destroy() noexcept
{
    abandon_output();
    free_listed(this);
}

}  // namespace onair::ngx
