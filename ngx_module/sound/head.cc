#include "ngx_module/sound/head.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/log.h"

namespace onair::ngx {

namespace {

bool add_number(ngx_http_request_t* r, std::string_view name, uint64_t number)
{
    u_char text[NGX_INT64_LEN];
    u_char* end = ngx_sprintf(text, "%uL", number);
    return add_header(r, name,
                      text_of({text, static_cast<size_t>(end - text)})) !=
           nullptr;
}

bool add_text(ngx_http_request_t* r, std::string_view name,
              std::string_view text)
{
    return text.empty() || add_header(r, name, text) != nullptr;
}

// An `icy-` header is there always: VLC comes back after an end only then.
bool add_icy(ngx_http_request_t* r, const SoundHead& head)
{
    const sound::Info& info = head.info;
    return add_header(r, "icy-name",
                      info.name.empty() ? std::string_view("-") : info.name) &&
           add_text(r, "icy-genre", info.genre) &&
           add_text(r, "icy-url", info.url) && add_header(r, "icy-pub", "0") &&
           (info.bitrate == 0 || add_number(r, "icy-br", info.bitrate)) &&
           (head.metaint == 0 || add_number(r, "icy-metaint", head.metaint));
}

bool add_range(ngx_http_request_t* r, const SoundHead& head)
{
    if (!head.listen.partial) {
        return true;
    }
    constexpr uint64_t kNoEnd = 1000000000000;
    uint64_t from = head.listen.resumes;
    u_char text[2 * NGX_INT64_LEN + 16];
    u_char* end = ngx_sprintf(text, "bytes %uL-%uL/*", from, from + kNoEnd);
    r->headers_out.status = NGX_HTTP_PARTIAL_CONTENT;
    r->headers_out.status_line = str("206 Partial Content");
    return add_header(r, "Content-Range",
                      text_of({text, static_cast<size_t>(end - text)})) !=
           nullptr;
}

bool set_sound_head(ngx_http_request_t* r, const SoundHead& head)
{
    std::string_view type = head.info.type.empty()
                                ? sound::media_type_of(head.info.kind)
                                : head.info.type;
    ngx_str_t kept = copy(r->pool, type);
    if (kept.data == nullptr) {
        return false;
    }
    r->headers_out.status = NGX_HTTP_OK;
    set_type(r, view(kept));
    ngx_http_clear_content_length(r);
    r->headers_out.content_encoding = uncompressed();
    r->disable_not_modified = 1;
    r->allow_ranges = 0;
    return add_caching(r, "no-store, no-transform", Caching::kFirm) &&
           add_header(r, "X-Accel-Buffering", "no") &&
           add_header(r, "Accept-Ranges", "bytes") && add_icy(r, head) &&
           add_range(r, head);
}

}  // namespace

std::string_view request_header(const ngx_http_request_t* r,
                                std::string_view lowcase)
{
    for (const ngx_list_part_t* part = &r->headers_in.headers.part;
         part != nullptr; part = part->next) {
        auto* headers = static_cast<const ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (headers[i].key.len == lowcase.size() &&
                ngx_strncasecmp(headers[i].key.data, str(lowcase).data,
                                lowcase.size()) == 0) {
                return view(headers[i].value);
            }
        }
    }
    return {};
}

bool add_sound_cors(ngx_http_request_t* r, std::string_view origin, bool any)
{
    if (!any && !add_header(r, "Vary", "Origin")) {
        return false;
    }
    if (!any && origin.data() == nullptr) {
        return true;
    }
    return add_header(r, "Access-Control-Allow-Origin", any ? "*" : origin) &&
           add_header(r, "Access-Control-Expose-Headers",
                      "Icy-MetaInt, Icy-Name, Icy-Br, Icy-Genre, Icy-Url, "
                      "Content-Range");
}

ngx_int_t answer_sound_head(ngx_http_request_t* r, const SoundHead& head)
{
    return set_sound_head(r, head) ? ngx_http_send_header(r) : NGX_ERROR;
}

ngx_int_t answer_redirect(ngx_http_request_t* r, std::string_view location)
{
    if (!add_header(r, "Location", location) ||
        !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, NGX_HTTP_MOVED_TEMPORARILY, {}, {});
}

ngx_int_t start_audio(ngx_http_request_t* r, const SoundHead& head, bool chunks,
                      Audio* made)
{
    static constexpr DetachCalls kCalls = {Audio::opened, Stream::readable,
                                           Stream::writable, Stream::given_back,
                                           Stream::lost};
    auto* stream = static_cast<Stream*>(made);
    made->set_client(r);
    r->keepalive = 0;
    // What is not HTTP/1.1 gets no chunks, and some players want none.
    ngx_uint_t version = r->http_version;
    r->http_version = chunks ? version : ngx_uint_t{NGX_HTTP_VERSION_10};
    bool good =
        set_sound_head(r, head) && send_head_with(r, {}, {}) != NGX_ERROR;
    r->http_version = version;
    if (!good) {
        Stream::lost(stream, false);
        return NGX_ERROR;
    }
    return detach(r, Body::kIsNoMatter, &kCalls, stream);
}

ngx_int_t start_audio(ngx_http_request_t* r, const SoundHead& head,
                      AudioRequest* made)
{
    if (!set_sound_head(r, head)) {
        return NGX_ERROR;
    }
    ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || !made->hold()) {
        return NGX_ERROR;
    }
    ngx_http_set_ctx(r, made, ngx_http_onair_module);
    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = SseRequest::on_writable;
    made->begin();
    return NGX_DONE;
}

void log_listener(const Subscriber* subscriber, const Relay* relay,
                  sound::Listening listening, uint32_t moved,
                  const ngx_str_t& address) noexcept
{
    u_char text[64];
    ngx_str_t kind = str(sound::word(listening));
    u_char* end = ngx_snprintf(text, sizeof(text), " listener=%V moved=%uD",
                               &kind, moved);
    log_end(subscriber, address, view(relay->conf()->station),
            text_of({text, static_cast<size_t>(end - text)}));
    UnixMs heard = now().unix_ms - subscriber->opened();
    relay->ring()
        .figure(sound::heard_by(listening))
        .fetch_add(heard > 0 ? static_cast<uint64_t>(heard) : 0);
    relay->ring().figure(sound::Figure::kBytes).fetch_add(subscriber->bytes);
}

}  // namespace onair::ngx
