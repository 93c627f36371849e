#include "ngx_module/subscriber/sse_words.h"

#include "encoder/event.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// A page waits so long before it connects again; spread, so that all the pages
// of a server that reloads do not come at once.
constexpr uint32_t kRetryMs = 2000;

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

}  // namespace

const FramePtr& event_comment(Encoding encoding)
{
    static FramePtr frames[kEncodings];
    FramePtr& frame = frames[static_cast<size_t>(encoding)];
    if (!frame) {
        frame = made_of(encoder::write_comment, encoding);
    }
    return frame;
}

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

subscriber::Heartbeat next_event_beat(const LocConf* conf, Ticks sent_at)
{
    subscriber::HeartbeatRule rule;
    rule.interval_ms = static_cast<uint32_t>(conf->heartbeat);
    rule.timeout_ms = 0;
    return subscriber::heartbeat(rule, ticks(), sent_at, sent_at);
}

const FramePtr& event_hello(Encoding encoding)
{
    static FramePtr frames[kEncodings];
    FramePtr& frame = frames[static_cast<size_t>(encoding)];
    if (!frame) {
        frame = made_of(write_hello, encoding);
    }
    return frame;
}

bool set_stream_head(ngx_http_request_t* r, std::string_view type)
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

}  // namespace onair::ngx
