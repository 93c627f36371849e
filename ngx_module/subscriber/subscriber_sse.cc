#include "ngx_module/subscriber/subscriber_sse.h"

#include "encoder/event.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"
#include "subscriber/heartbeat.h"

namespace onair::ngx {

namespace {

// A page waits so long before it connects again; spread, so that all the pages
// of a server that reloads do not come at once.
constexpr uint32_t kRetryMs = 2000;

constexpr std::string_view kEventStream = "text/event-stream";

FramePtr made_of(void (*write)(Writer&), Encoding encoding)
{
    char event[64];
    Writer bare(event);
    write(bare);
    char chunk[96];
    Writer chunked(chunk);
    encoder::write_chunk(chunked, bare.view());
    std::string_view text = is_chunked(encoding) ? chunked.view() : bare.view();
    FramePtr frame(Frame::make(text.size()));
    if (frame) {
        ngx_memcpy(frame->data(), text.data(), text.size());
    }
    return frame;
}

const FramePtr& comment(Encoding encoding)
{
    static FramePtr frames[kEncodings];
    FramePtr& frame = frames[static_cast<size_t>(encoding)];
    if (!frame) {
        frame = made_of(encoder::write_comment, encoding);
    }
    return frame;
}

void write_hello(Writer& out)
{
    encoder::write_retry(out, kRetryMs);
}

void write_goodbye(Writer& out)
{
    encoder::write_retry(out, kRetryMs / 2 + random_number() % (2 * kRetryMs));
    // No event will end this block, and clients heed it only then.
    out.put('\n');
}

// The end of a stream: when to come again, and over HTTP/1.1 the last chunk.
FramePtr event_goodbye(Encoding encoding)
{
    FramePtr retry = made_of(write_goodbye, encoding);
    if (!retry || !is_chunked(encoding)) {
        return retry;
    }
    std::string_view last = encoder::last_chunk();
    FramePtr frame(Frame::make(retry->size() + last.size()));
    if (frame) {
        ngx_memcpy(frame->data(), retry->data(), retry->size());
        ngx_memcpy(frame->data() + retry->size(), last.data(), last.size());
    }
    return frame;
}

// Comments keep proxies from closing a quiet stream; a client of events says
// nothing, so there is no time-out.
subscriber::Heartbeat next_beat(const LocConf* conf, Ticks sent_at)
{
    subscriber::HeartbeatRule rule;
    rule.interval_ms = static_cast<uint32_t>(conf->heartbeat);
    rule.timeout_ms = 0;
    return subscriber::heartbeat(rule, ticks(), sent_at, sent_at);
}

// When to come again, in case this ends without a goodbye. The first event ends
// the block: some clients take a block without data for an event.
const FramePtr& hello(Encoding encoding)
{
    static FramePtr frames[kEncodings];
    FramePtr& frame = frames[static_cast<size_t>(encoding)];
    if (!frame) {
        frame = made_of(write_hello, encoding);
    }
    return frame;
}

bool set_head(ngx_http_request_t* r, std::string_view type)
{
    r->headers_out.status = NGX_HTTP_OK;
    set_type(r, type);
    ngx_http_clear_content_length(r);
    r->headers_out.content_encoding = uncompressed();
    // A stream has no tag, and no condition to be under.
    r->disable_not_modified = 1;
    if (r->method != NGX_HTTP_HEAD) {
        r->keepalive = 0;
    }
    return add_caching(r, "no-store, no-transform", Caching::kFirm) &&
           add_header(r, "X-Accel-Buffering", "no");
}

}  // namespace

StreamHead event_head(Encoding encoding)
{
    return {kEventStream, hello(encoding)};
}

ngx_int_t answer_event_head(ngx_http_request_t* r, std::string_view type)
{
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    return set_head(r, type) ? ngx_http_send_header(r) : NGX_ERROR;
}

// --- over HTTP/1.x ---

SseStream::SseStream(const LocConf* conf, Encoding encoding)
    : Stream(conf, slot::Transport::kSse, encoding)
{}

const FramePtr& SseStream::beat() noexcept
{
    return comment(encoding());
}

bool SseStream::say(const FramePtr& frame) noexcept
{
    if (!attached() || busy() || over()) {
        return false;
    }
    send(frame);
    return true;
}

FramePtr SseStream::goodbye() noexcept
{
    return event_goodbye(encoding());
}

void SseStream::opened(void* self, ngx_connection_t* c, ConstBytes) noexcept
{
    auto* stream = static_cast<SseStream*>(static_cast<Stream*>(self));
    stream->attach(c);
    stream->greeted();
    stream->on_sent();
    if (stream->leave_when_open) {
        stream->leave();
    }
}

void SseStream::on_bytes(Bytes bytes) noexcept
{
    // A client has nothing to say here; what it says costs us nothing.
    (void)bytes;
}

ngx_msec_t SseStream::on_heartbeat() noexcept
{
    subscriber::Heartbeat next = next_beat(conf(), sent_at);
    if (next.beat == subscriber::Beat::kSend) {
        count(slot::Total::kHeartbeats);
        send_control(beat(), false);
    }
    return static_cast<ngx_msec_t>(next.due - ticks());
}

void SseStream::leave() noexcept
{
    unlist();
    if (!attached()) {
        leave_when_open = true;
    } else if (!ending()) {
        reason = Reason::kLeaving;
        count(slot::Total::kGoodbyes);
        send_control(goodbye(), true);
    }
}

ngx_int_t start_sse(ngx_http_request_t* r, const StreamHead& head,
                    SseStream* made)
{
    static constexpr DetachCalls kCalls = {SseStream::opened, Stream::readable,
                                           Stream::writable, Stream::given_back,
                                           Stream::lost};
    auto* stream = static_cast<Stream*>(made);
    made->set_client(r);
    if (!set_head(r, head.type) ||
        send_head_with(r, head.hello, made->first) == NGX_ERROR) {
        Stream::lost(stream, false);
        return NGX_ERROR;
    }
    return detach(r, Body::kIsNoMatter, &kCalls, stream);
}

// --- over HTTP/2 and HTTP/3 ---

SseRequest::SseRequest(const LocConf* conf, ngx_http_request_t* r,
                       Encoding encoding, slot::Transport transport) noexcept
    : Subscriber(conf, transport, encoding), r_(r), held_(r, on_ended, this)
{}

const FramePtr& SseRequest::beat() noexcept
{
    return comment(encoding());
}

FramePtr SseRequest::goodbye() noexcept
{
    return event_goodbye(encoding());
}

bool SseRequest::say(const FramePtr& frame) noexcept
{
    if (!open_ || busy() || over()) {
        return false;
    }
    send(frame, false);
    return true;
}

void SseRequest::finish_with(const FramePtr& last) noexcept
{
    last_ = last;
    ending_ = true;
    if (busy()) {
        wait(conf()->core->send_timeout);
    } else {
        say_goodbye();
    }
}

SseRequest::~SseRequest()
{
    retire(Reason::kClientClosed);
}

ngx_str_t SseRequest::address() const noexcept
{
    return r_->connection->addr_text;
}

// By nginx. What it still holds of ours goes with the request.
void SseRequest::on_ended(void* self) noexcept
{
    auto* request = static_cast<SseRequest*>(self);
    request->ending_ = true;
    request->retire(request->r_->connection->close ? Reason::kLeaving
                                                   : Reason::kClientClosed);
}

void SseRequest::open() noexcept
{
    open_ = true;
    sent_at_ = ticks();
    wait(conf()->heartbeat);
    count_message(first_messages);
    // Like any other message: who takes long to read it is given what is newest
    // then, and it is not kept longer than that.
    FramePtr greeting = first;
    first.reset();
    if (greeting) {
        send(greeting, false);
    } else if (ngx_http_send_special(r_, NGX_HTTP_FLUSH) == NGX_ERROR) {
        fail();
    }
    if (!busy()) {
        on_sent();
    }
    if (!busy()) {
        catch_up();
    }
}

bool SseRequest::deliver(Topic* topic) noexcept
{
    if (busy() || ending_ || !open_) {
        return false;
    }
    const FramePtr& frame = topic->frame(encoding());
    if (!frame) {
        return false;
    }
    count_message();
    send(frame, false);
    return true;
}

bool SseRequest::send(const FramePtr& frame, bool last) noexcept
{
    if (!frame) {
        return false;
    }
    ngx_memzero(&buf_, sizeof(buf_));
    buf_.start = buf_.pos = frame->data();
    buf_.end = buf_.last = frame->data() + frame->size();
    buf_.memory = 1;
    buf_.flush = 1;
    buf_.last_buf = last ? 1 : 0;
    buf_.last_in_chain = 1;
    buf_.tag = &ngx_http_onair_module;
    chain_ = {&buf_, nullptr};
    out_ = frame;
    stalled_since_ = sent_at_ = ticks();
    bytes += frame->size();
    ngx_int_t rc = ngx_http_output_filter(r_, &chain_);
    if (rc == NGX_ERROR) {
        fail();
        return false;
    }
    sent_then_ = r_->connection->sent;
    if (buf_.pos == buf_.last && rc != NGX_AGAIN) {
        out_.reset();
    }
    return true;
}

void SseRequest::on_writable(ngx_http_request_t* r) noexcept
{
    auto* self = static_cast<SseRequest*>(
        ngx_http_get_module_ctx(r, ngx_http_onair_module));
    if (self == nullptr || self->held_.over()) {
        return;
    }
    ngx_int_t rc = ngx_http_output_filter(r, nullptr);
    if (rc == NGX_ERROR) {
        self->finalize(NGX_ERROR);
        return;
    }
    self->note_progress();
    if (rc == NGX_AGAIN || self->buf_.pos != self->buf_.last) {
        return;
    }
    self->out_.reset();
    if (self->ending_) {
        self->say_goodbye();
        return;
    }
    self->on_sent();
    if (!self->busy()) {
        self->catch_up();
    }
}

// However slowly, something moves.
void SseRequest::note_progress() noexcept
{
    if (r_->connection->sent != sent_then_) {
        sent_then_ = r_->connection->sent;
        stalled_since_ = ticks();
    }
}

// Not at once: a fan-out may be in the middle of us.
void SseRequest::fail() noexcept
{
    reason = Reason::kConnectionLost;
    ending_ = true;
    failed_ = true;
    wait(0);
}

// The request may live on while nginx has something queued of it.
void SseRequest::finalize(ngx_int_t rc) noexcept
{
    ending_ = true;
    retire(Reason::kConnectionLost);
    held_.finalize(rc);
}

void SseRequest::on_due() noexcept
{
    ngx_connection_t* c = r_->connection;
    note_progress();
    bool stalled =
        busy() && ticks() - stalled_since_ >= conf()->core->send_timeout;
    if (stalled) {
        count(slot::Total::kStalled);
        reason = Reason::kStalled;
    }
    if (stalled || failed_ || (ending_ && !busy())) {
        c->error = stalled || failed_ ? 1 : 0;
        finalize(c->error ? NGX_ERROR : NGX_OK);
        return;
    }
    subscriber::Heartbeat next = next_beat(conf(), sent_at_);
    if (!busy() && next.beat == subscriber::Beat::kSend) {
        count(slot::Total::kHeartbeats);
        send(beat(), false);
    }
    if (!waiting()) {
        auto due = static_cast<ngx_msec_t>(next.due - ticks());
        wait(ngx_min(due, ngx_msec_t{5000}));
    }
}

void SseRequest::leave() noexcept
{
    unlist();
    if (!open_ || ending_) {
        return;
    }
    reason = Reason::kLeaving;
    count(slot::Total::kGoodbyes);
    ending_ = true;
    if (busy()) {
        wait(conf()->core->send_timeout);
        return;
    }
    say_goodbye();
}

// Once nothing else is under way; then the request is over. Not at once, as
// who leaves may be in the middle of others.
void SseRequest::say_goodbye() noexcept
{
    if (!said_goodbye_) {
        said_goodbye_ = true;
        send(last_ ? last_ : goodbye(), true);
    }
    wait(busy() && !failed_ ? conf()->core->send_timeout : 0);
}

namespace {

// What leaves with the first message.
bool say_hello(ngx_http_request_t* r, const FramePtr& frame)
{
    if (!frame) {
        return true;
    }
    auto* b = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    if (b == nullptr) {
        return false;
    }
    b->start = b->pos = frame->data();
    b->end = b->last = frame->data() + frame->size();
    b->memory = 1;
    ngx_chain_t out{b, nullptr};
    return ngx_http_output_filter(r, &out) != NGX_ERROR;
}

}  // namespace

ngx_int_t start_sse(ngx_http_request_t* r, const StreamHead& head,
                    SseRequest* made)
{
    if (!set_head(r, head.type)) {
        return NGX_ERROR;
    }
    ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || !say_hello(r, head.hello) ||
        !made->hold()) {
        return NGX_ERROR;
    }
    ngx_http_set_ctx(r, made, ngx_http_onair_module);
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = SseRequest::on_writable;
    made->open();
    return NGX_DONE;
}

}  // namespace onair::ngx
