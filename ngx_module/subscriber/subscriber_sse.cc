#include "ngx_module/subscriber/subscriber_sse.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/subscriber/sse_words.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr std::string_view kEventStream = "text/event-stream";

}  // namespace

StreamHead event_head(Encoding encoding)
{
    return {kEventStream, event_hello(encoding)};
}

ngx_int_t answer_event_head(ngx_http_request_t* r, std::string_view type)
{
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    return set_stream_head(r, type) ? ngx_http_send_header(r) : NGX_ERROR;
}

// --- over HTTP/1.x ---

SseStream::SseStream(const LocConf* conf, Encoding encoding)
    : Stream(conf, slot::Transport::kSse, encoding)
{}

const FramePtr& SseStream::beat() noexcept
{
    return event_comment(encoding());
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
    subscriber::Heartbeat next = next_event_beat(conf(), sent_at);
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
    if (!set_stream_head(r, head.type) ||
        send_head_with(r, head.hello, made->first) == NGX_ERROR) {
        Stream::lost(stream, false);
        return NGX_ERROR;
    }
    return detach(r, Body::kIsNoMatter, &kCalls, stream);
}

}  // namespace onair::ngx
