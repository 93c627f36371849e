// SseRequest: event streams over HTTP/2 and HTTP/3.
#include "ngx_module/base/clock.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/http2/small_request.h"
#include "ngx_module/subscriber/sse_words.h"
#include "ngx_module/subscriber/subscriber_sse.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// While something is under way.
constexpr ngx_msec_t kLookMs = 5000;

// Whose request may still be large.
SseRequest* g_opened_last = nullptr;

}  // namespace

SseRequest::SseRequest(const LocConf* conf, ngx_http_request_t* r,
                       Encoding encoding, slot::Transport transport) noexcept
    : Subscriber(conf, transport, encoding), r_(r), held_(r, on_ended, this)
{}

const FramePtr& SseRequest::beat() noexcept
{
    return event_comment(encoding());
}

FramePtr SseRequest::goodbye() noexcept
{
    return event_goodbye(encoding());
}

bool SseRequest::idle() noexcept
{
    if (busy()) {
        frames_.wake_when_sent();
    }
    return open_ && !busy() && !over();
}

bool SseRequest::say(const FramePtr& frame) noexcept
{
    if (!idle()) {
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
        frames_.wake_when_sent();
        wait_for(conf()->core->send_timeout);
    } else {
        say_goodbye();
    }
}

SseRequest::~SseRequest()
{
    if (g_opened_last == this) {
        g_opened_last = nullptr;
    }
    retire(Reason::kClientClosed);
}

ngx_str_t SseRequest::address() const noexcept
{
    return r_->connection->addr_text;
}

// Called by nginx. What it still holds of ours goes with the request.
void SseRequest::on_ended(void* self) noexcept
{
    auto* request = static_cast<SseRequest*>(self);
    request->ending_ = true;
    request->frames_.abandon(request->r_);
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
    if (kHttp2IsKnown && r_->stream != nullptr) {
        g_opened_last = this;
        ngx_event_t* write = r_->connection->write;
        ngx_post_event(write, &ngx_posted_events);
    }
}

// nginx reads the requests of many connections, and all of one, before posted
// events have their turn; not all of them need be large at once. What it is in
// the middle of is another request.
void SseRequest::settle_last() noexcept
{
    SseRequest* last = g_opened_last;
    g_opened_last = nullptr;
    if (last != nullptr && !last->busy() && !last->held_.over()) {
        last->begin_frames();
        last->become_small();
    }
}

bool SseRequest::deliver(Topic* topic) noexcept
{
    if (!idle()) {
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

void SseRequest::send(const FramePtr& frame, bool last) noexcept
{
    if (!frame) {
        return;
    }
    sent_at_ = ticks();
    bytes += frame->size();
    if (framed_) {
        take(frames_.send(r_, frame, last));
    } else {
        send_filtered(frame, last);
    }
}

void SseRequest::send_filtered(const FramePtr& frame, bool last) noexcept
{
    if (filtered_ == nullptr) {
        filtered_ = zeroed<Filtered>(r_->pool);
        if (filtered_ == nullptr) {
            fail();
            return;
        }
    }
    ngx_buf_t* b = &filtered_->buf;
    ngx_memzero(b, sizeof(*b));
    b->start = b->pos = frame->data();
    b->end = b->last = frame->data() + frame->size();
    b->memory = 1;
    b->flush = 1;
    b->last_buf = last ? 1 : 0;
    b->last_in_chain = 1;
    b->tag = &ngx_http_onair_module;
    filtered_->chain = {b, nullptr};
    out_ = frame;
    stalled_since_ = ticks();
    ngx_int_t rc = ngx_http_output_filter(r_, &filtered_->chain);
    begun_.hold(r_);
    if (rc == NGX_ERROR) {
        fail();
        return;
    }
    if (!begun_.empty()) {
        wait(0);
    }
    sent_then_ = r_->connection->sent;
    if (b->pos == b->last && rc != NGX_AGAIN) {
        out_.reset();
    }
}

// What waits for the client is looked at before it is due otherwise.
void SseRequest::take(OwnFrames::Sent sent) noexcept
{
    if (sent == OwnFrames::Sent::kAll) {
        return;
    }
    if (sent == OwnFrames::Sent::kFailed) {
        fail();
        return;
    }
    stalled_since_ = ticks();
    sent_then_ = r_->connection->sent;
    if (sent == OwnFrames::Sent::kBlocked) {
        wait(ngx_min(conf()->core->send_timeout, kLookMs));
    }
}

void SseRequest::on_writable(ngx_http_request_t* r) noexcept
{
    auto* self = static_cast<SseRequest*>(
        ngx_http_get_module_ctx(r, ngx_http_onair_module));
    if (self != nullptr && !self->held_.over()) {
        self->go_on();
    }
}

bool SseRequest::go_on_filtered() noexcept
{
    ngx_int_t rc = ngx_http_output_filter(r_, nullptr);
    if (rc == NGX_ERROR) {
        finalize(NGX_ERROR);
        return false;
    }
    note_progress();
    bool left =
        filtered_ == nullptr || filtered_->buf.pos == filtered_->buf.last;
    if (rc == NGX_AGAIN || !left) {
        return false;
    }
    out_.reset();
    return true;
}

// nginx tells of a stream that was reset, and of a connection that broke, by
// this flag alone: its filters have nothing of ours that could fail.
bool SseRequest::go_on_framed() noexcept
{
    if (r_->connection->error) {
        finalize(NGX_ERROR);
        return false;
    }
    note_progress();
    if (!frames_.busy()) {
        return true;
    }
    frames_.wake_when_sent();
    take(frames_.go_on(r_));
    return !busy();
}

void SseRequest::go_on() noexcept
{
    if (!(framed_ ? go_on_framed() : go_on_filtered()) || failed_) {
        return;
    }
    begin_frames();
    if (framed_ && !SmallRequest::is_in_use(r_)) {
        become_small();
    }
    if (ending_) {
        say_goodbye();
        return;
    }
    on_sent();
    if (!busy()) {
        catch_up();
    }
}

void SseRequest::begin_frames() noexcept
{
    if (!framed_ && OwnFrames::can_begin(r_)) {
        framed_ = true;
        filtered_ = nullptr;
    }
}

// Whoever calls must not look at the old request afterwards.
void SseRequest::become_small() noexcept
{
    if (small_ || !framed_ || !open_ || ending_ || memory_ == nullptr ||
        !SmallRequest::can_replace(r_)) {
        return;
    }
    SmallRequest small(r_);
    ngx_http_request_t* r = small.request();
    ngx_pool_cleanup_t* memory =
        r != nullptr ? ngx_pool_cleanup_add(r->pool, 0) : nullptr;
    if (memory == nullptr || !held_.move_to(r)) {
        return;
    }
    memory->handler = memory_->handler;
    memory->data = memory_->data;
    memory_->handler = nullptr;
    memory_ = memory;
    small_ = true;
    r_ = r;
    ngx_http_set_ctx(r, this, ngx_http_onair_module);
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = on_writable;
    small.replace();
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
    frames_.abandon(r_);
    retire(Reason::kConnectionLost);
    held_.finalize(rc);
}

void SseRequest::on_due() noexcept
{
    ngx_connection_t* c = r_->connection;
    bool began = !begun_.empty();
    begun_.give_back(r_);
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
    become_small();
    subscriber::Heartbeat next = next_event_beat(conf(), sent_at_);
    if (!busy() && next.beat == subscriber::Beat::kSend) {
        count(slot::Total::kHeartbeats);
        send(beat(), false);
    }
    if (!waiting()) {
        // Where frames are ours nothing is under way unnoticed.
        auto due = static_cast<ngx_msec_t>(next.due - ticks());
        wait_for(framed_ && !busy() ? due : ngx_min(due, kLookMs));
    }
    if (began) {
        ngx_http_run_posted_requests(c);  // which may end this
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
        frames_.wake_when_sent();
        wait_for(conf()->core->send_timeout);
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
    wait_for(busy() && !failed_ ? conf()->core->send_timeout : 0);
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
    if (!set_stream_head(r, head.type)) {
        return NGX_ERROR;
    }
    SseRequest::settle_last();
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
