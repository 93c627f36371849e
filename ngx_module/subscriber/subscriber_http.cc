#include "ngx_module/subscriber/subscriber_http.h"
#include "encoder/event_id.h"

#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// A cache in front may answer for a second; a waiting answer is for one only.
constexpr std::string_view kFresh = "max-age=1";
constexpr std::string_view kNoStore = "no-store";

bool add_caching_of(ngx_http_request_t* r, std::string_view value)
{
    return add_caching(r, value,
                       value == kNoStore ? Caching::kFirm : Caching::kYielding);
}

std::string_view media_type(const Wanted& wanted)
{
    return encoder::traits_of(wanted.view.form).media_type;
}

bool add_etag(ngx_http_request_t* r, const encoder::EventId& id)
{
    auto* text =
        static_cast<char*>(ngx_pnalloc(r->pool, encoder::kMaxEventId + 2));
    if (text == nullptr) {
        return false;
    }
    std::string_view written = encoder::write_event_id(
        id, std::span<char>(text + 1, encoder::kMaxEventId));
    text[0] = '"';
    text[1 + written.size()] = '"';
    // Known to nginx's filters: one that changes the body weakens it.
    r->headers_out.etag = add_lasting(r, "ETag", {text, written.size() + 2});
    return r->headers_out.etag != nullptr;
}

// `sent`: the bytes of the message, to be counted by the caller.
ngx_int_t answer_state(ngx_http_request_t* r, const Wanted& wanted,
                       const subscriber::Ask& ask, std::string_view caching,
                       uint64_t* sent, Subscriber* joined = nullptr)
{
    *sent = 0;
    Answer answer = answer_of(r, wanted, ask, joined);
    const FramePtr& body = answer.body;
    if (!body || !add_etag(r, answer.id) || !add_caching_of(r, caching)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    if (r->method != NGX_HTTP_HEAD) {
        count(slot::Total::kMessages);
        *sent = body->size();
    }
    return answer_frame(r, NGX_HTTP_OK, media_type(wanted), body);
}

// For who need not become a subscriber.
ngx_int_t answer_now(ngx_http_request_t* r, const Wanted& wanted,
                     const subscriber::Ask& ask, std::string_view caching)
{
    uint64_t sent;
    ngx_int_t rc = answer_state(r, wanted, ask, caching, &sent);
    count(slot::Total::kBytes, sent);
    return rc;
}

// With the id that the client has: there may be a newer one by now.
ngx_int_t answer_unchanged(ngx_http_request_t* r, const encoder::EventId& id,
                           std::string_view caching)
{
    if (!add_etag(r, id) || !add_caching_of(r, caching)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    r->headers_out.status = NGX_HTTP_NOT_MODIFIED;
    r->header_only = 1;
    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK) {
        return rc;
    }
    return ngx_http_send_special(r, NGX_HTTP_LAST);
}

}  // namespace

ngx_int_t answer_get(ngx_http_request_t* r, const Wanted& wanted,
                     const subscriber::Ask& ask)
{
    note_interest(wanted.view.zone);
    if (ask.transport == slot::Transport::kLongPoll) {
        // Who is told at once that nothing changed asks at once again.
        r->disable_not_modified = 1;
        return answer_now(r, wanted, ask, kNoStore);
    }
    if (ask.has_since && !is_newer(wanted, ask)) {
        return answer_unchanged(r, ask.since, kFresh);
    }
    // Never marked as a gap: a cache may give this answer to others.
    return answer_now(r, wanted, subscriber::Ask(), kFresh);
}

LongPoll::LongPoll(const LocConf* conf, ngx_http_request_t* r,
                   const Wanted* wanted, const encoder::EventId& since) noexcept
    : Subscriber(conf, slot::Transport::kLongPoll, Encoding::kBody),
      r_(r),
      held_(r, on_ended, this),
      wanted_(wanted),
      since_(since),
      soon_(on_soon, this)
{}

LongPoll::~LongPoll()
{
    retire(Reason::kClientClosed);
}

ngx_str_t LongPoll::address() const noexcept
{
    return r_->connection->addr_text;
}

// Called by nginx: there is nobody left to answer.
void LongPoll::on_ended(void* self) noexcept
{
    auto* poll = static_cast<LongPoll*>(self);
    poll->answered_ = true;
    poll->soon_.cancel();
    poll->retire(poll->r_->connection->close ? Reason::kLeaving
                                             : Reason::kClientClosed);
}

void LongPoll::open(ngx_msec_t wait_ms) noexcept
{
    open_ = true;
    mark_sent();
    wait(wait_ms);
    if (is_newer()) {
        // Between the question whether it has to wait, and its subscription.
        soon_.post();
    }
}

// Not at once: a request must not be finalised in the middle of a fan-out, and
// several stations may have changed.
bool LongPoll::deliver(Topic* topic) noexcept
{
    (void)topic;
    if (open_ && !answered_) {
        soon_.post();
    }
    return true;
}

// A wait may end, or the worker leave, between a change and its delivery.
bool LongPoll::is_newer()
{
    return !(id_of(*wanted_, this) == since_);
}

void LongPoll::on_soon(void* self) noexcept
{
    static_cast<LongPoll*>(self)->answer_now(Reason::kAnswered);
}

void LongPoll::on_due() noexcept
{
    look_at_zone(wanted_->view.zone);
    answer_now(is_newer() ? Reason::kAnswered : Reason::kWaitEnded);
}

void LongPoll::leave() noexcept
{
    unlist();
    if (!open_ || answered_) {
        return;
    }
    count(slot::Total::kGoodbyes);
    reason = Reason::kLeaving;
    soon_.post();
}

void LongPoll::answer_now(Reason why) noexcept
{
    ngx_http_request_t* r = r_;
    if (answered_) {
        return;
    }
    // The request outlives its end while the answer is on its way, or while
    // nginx lingers; changes of that time are none of its business.
    answered_ = true;
    soon_.cancel();
    r->disable_not_modified = 1;
    ngx_int_t rc;
    if (is_newer()) {
        messages = 1;
        rc = answer_state(r, *wanted_, subscriber::Ask(), kNoStore, &bytes,
                          this);
    } else {
        rc = answer_unchanged(r, since_, kNoStore);
    }
    retire(why);
    held_.finalize(rc);
}

ngx_int_t start_long_poll(ngx_http_request_t* r, const Wanted* wanted,
                          const subscriber::Ask& ask, LongPoll* made)
{
    if (!wanted->subscribe(made)) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    // Or nobody would be told when the client of a deferred accept goes away.
    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!made->hold()) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;
    made->open(ask.wait_ms);
    return NGX_DONE;
}

}  // namespace onair::ngx
