#include "ngx_module/room/poll.h"

#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

RoomPoll::RoomPoll(const LocConf* conf, ngx_http_request_t* r) noexcept
    : Subscriber(conf, slot::Transport::kLongPoll, Encoding::kBody),
      r_(r),
      held_(r, on_ended, this),
      soon_(on_soon, this)
{}

RoomPoll::~RoomPoll()
{
    retire(Reason::kClientClosed);
}

ngx_str_t RoomPoll::address() const noexcept
{
    return r_->connection->addr_text;
}

// Called by nginx: there is nobody left to answer.
void RoomPoll::on_ended(void* self) noexcept
{
    auto* poll = static_cast<RoomPoll*>(self);
    poll->answered_ = true;
    poll->soon_.cancel();
    poll->retire(poll->r_->connection->close ? Reason::kLeaving
                                             : Reason::kClientClosed);
}

// Without a frame nothing has happened.
ngx_int_t RoomPoll::answer_now() noexcept
{
    ngx_http_request_t* r = r_;
    answered_ = true;
    r->disable_not_modified = 1;
    if (!dismissed_.empty()) {
        return answer_text(r, NGX_HTTP_FORBIDDEN, dismissed_);
    }
    if (!add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    if (first) {
        messages = 1;
        bytes = first->size();
        count(slot::Total::kMessages);
        return answer_frame(r, NGX_HTTP_OK, "application/json", first);
    }
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_clear_content_length(r);
    return ngx_http_send_header(r);
}

ngx_int_t RoomPoll::start(bool waits, ngx_msec_t wait_ms) noexcept
{
    ngx_http_request_t* r = r_;
    if (!waits) {
        ngx_int_t rc = answer_now();
        retire(Reason::kAnswered);
        return rc;
    }
    first.reset();
    // Or nobody would be told when the client of a deferred accept goes away.
    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK ||
        !held_.hold()) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;
    waits_ = true;
    wait(wait_ms);
    return NGX_DONE;
}

void RoomPoll::finish() noexcept
{
    if (answered_) {
        return;
    }
    soon_.cancel();
    ngx_int_t rc = answer_now();
    retire(first ? Reason::kAnswered : Reason::kWaitEnded);
    held_.finalize(rc);
}

bool RoomPoll::deliver(Topic* topic) noexcept
{
    (void)topic;
    return true;
}

// Not at once: a request must not be finalised in the middle of a fan-out. What
// comes after the first frame is told to the next request.
void RoomPoll::push(const FramePtr& frame) noexcept
{
    if (waits_ && !answered_ && !first) {
        first = frame;
        soon_.post();
    }
}

void RoomPoll::dismiss(std::string_view why) noexcept
{
    dismissed_ = why;
    if (waits_ && !answered_) {
        soon_.post();
    }
}

void RoomPoll::leave() noexcept
{
    unlist();
    if (waits_ && !answered_) {
        count(slot::Total::kGoodbyes);
        reason = Reason::kLeaving;
        soon_.post();
    }
}

void RoomPoll::on_soon(void* self) noexcept
{
    static_cast<RoomPoll*>(self)->finish();
}

void RoomPoll::on_due() noexcept
{
    finish();
}

}  // namespace onair::ngx
