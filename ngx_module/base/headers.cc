#include "ngx_module/base/headers.h"

#include <charconv>

#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"

namespace onair::ngx {

namespace {

// `name` in small letters, as nginx has it beside the client's own; a header
// that another module put in may be without.
bool is_header(const ngx_table_elt_t& header, std::string_view name)
{
    if (header.key.len != name.size()) {
        return false;
    }
    if (header.lowcase_key == nullptr) {
        return ngx_strncasecmp(header.key.data, str(name).data, name.size()) ==
               0;
    }
    return ngx_memcmp(header.lowcase_key, name.data(), name.size()) == 0;
}

// The values of all headers of one name, joined as a list.
std::string_view joined(ngx_pool_t* pool, std::string_view so_far,
                        std::string_view value)
{
    if (so_far.data() == nullptr) {
        return value;
    }
    size_t size = so_far.size() + 2 + value.size();
    auto* at = static_cast<char*>(ngx_pnalloc(pool, size));
    if (at == nullptr) {
        return so_far;
    }
    ngx_memcpy(at, so_far.data(), so_far.size());
    ngx_memcpy(at + so_far.size(), ", ", 2);
    ngx_memcpy(at + so_far.size() + 2, value.data(), value.size());
    return {at, size};
}

void read_header(ngx_pool_t* pool, const ngx_table_elt_t& header,
                 subscriber::Request* out)
{
    std::string_view value = view(header.value);
    if (is_header(header, "sec-websocket-key")) {
        out->key = value;
        out->keys++;
    } else if (is_header(header, "sec-websocket-version")) {
        out->version = joined(pool, out->version, value);
    } else if (is_header(header, "sec-websocket-protocol")) {
        out->protocol = joined(pool, out->protocol, value);
    } else if (is_header(header, "sec-websocket-extensions")) {
        out->extensions = joined(pool, out->extensions, value);
    } else if (is_header(header, "origin")) {
        out->origin = value;
    } else if (is_header(header, "sec-fetch-site")) {
        out->fetch_site = value;
    } else if (is_header(header, "accept")) {
        out->accept = joined(pool, out->accept, value);
    } else if (is_header(header, "last-event-id")) {
        out->last_event_id = value;
    } else if (is_header(header, "if-none-match")) {
        out->if_none_match = value;
    } else if (is_header(header, "upgrade")) {
        out->upgrade = joined(pool, out->upgrade, value);
    } else if (is_header(header, "connection")) {
        out->connection = joined(pool, out->connection, value);
    } else if (is_header(header, "host")) {
        out->host = value;
    } else if (is_header(header, "accept-language")) {
        out->language = value;
    } else if (is_header(header, "x-forwarded-for") ||
               is_header(header, "x-real-ip")) {
        out->forwarded_for = joined(pool, out->forwarded_for, value);
    } else if (is_header(header, "forwarded")) {
        out->forwarded = joined(pool, out->forwarded, value);
    } else if (is_header(header, "x-api-key")) {
        out->api_key = value;
    } else if (is_header(header, "authorization")) {
        out->authorization = value;
    }
}

int version_of(const ngx_http_request_t* r)
{
    switch (r->http_version) {
        case NGX_HTTP_VERSION_9:
            return 9;
        case NGX_HTTP_VERSION_10:
            return 10;
        case NGX_HTTP_VERSION_11:
            return 11;
        case NGX_HTTP_VERSION_20:
            return 20;
        default:
            return 30;
    }
}

void release_frame(void* data) noexcept
{
    static_cast<Frame*>(data)->release();
}

// A reference that is given back with the request.
bool keep_until_sent(ngx_http_request_t* r, const FramePtr& frame)
{
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, 0);
    if (cleanup == nullptr) {
        return false;
    }
    frame->retain();
    cleanup->data = frame.get();
    cleanup->handler = release_frame;
    return true;
}

// Puts a frame in front of a chain; nothing for an empty one.
bool add_frame(ngx_http_request_t* r, const FramePtr& frame,
               ngx_chain_t** chain)
{
    if (!frame || frame->size() == 0) {
        return true;
    }
    auto* b = static_cast<ngx_buf_t*>(ngx_calloc_buf(r->pool));
    ngx_chain_t* link = ngx_alloc_chain_link(r->pool);
    if (b == nullptr || link == nullptr || !keep_until_sent(r, frame)) {
        return false;
    }
    b->start = b->pos = frame->data();
    b->end = b->last = frame->data() + frame->size();
    b->memory = 1;
    b->flush = 1;
    link->buf = b;
    link->next = *chain;
    *chain = link;
    return true;
}

}  // namespace

void set_type(ngx_http_request_t* r, std::string_view type)
{
    r->headers_out.content_type = str(type);
    r->headers_out.content_type_len = type.size();
    r->headers_out.content_type_lowcase = nullptr;
    // That of another's answer which led here (X-Accel-Redirect).
    r->headers_out.charset = {0, nullptr};
}

namespace {

// nginx keeps these of another's answer that led here (X-Accel-Redirect).
void forget_caching(ngx_http_request_t* r)
{
    for (ngx_list_part_t* part = &r->headers_out.headers.part; part != nullptr;
         part = part->next) {
        auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (is_header(headers[i], "cache-control") ||
                is_header(headers[i], "expires")) {
                headers[i].hash = 0;
            }
        }
    }
    r->headers_out.expires = nullptr;
}

// As an upstream's answer has it: nginx would write the number by its printf,
// which takes longer than all other headers of ours together.
bool set_length(ngx_http_request_t* r, size_t length)
{
    constexpr size_t kMost = 20;
    auto* text = static_cast<char*>(ngx_pnalloc(r->pool, kMost));
    if (text == nullptr) {
        return false;
    }
    char* end = std::to_chars(text, text + kMost, length).ptr;
    ngx_table_elt_t* header = add_lasting(
        r, "Content-Length", {text, static_cast<size_t>(end - text)});
    r->headers_out.content_length = header;
    r->headers_out.content_length_n = static_cast<off_t>(length);
    return header != nullptr;
}

ngx_int_t send_whole(ngx_http_request_t* r, ngx_uint_t status,
                     std::string_view type, std::string_view body)
{
    r->headers_out.status = status;
    if (!set_length(r, body.size())) {
        return NGX_ERROR;
    }
    if (!type.empty()) {
        set_type(r, type);
    }
    ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    auto* b = ngx_create_temp_buf(r->pool, 0);
    if (b == nullptr) {
        return NGX_ERROR;
    }
    b->pos = b->start = str(body).data;
    b->last = b->end = b->pos + body.size();
    b->temporary = 0;
    b->memory = body.empty() ? 0 : 1;
    b->last_buf = r == r->main ? 1 : 0;
    b->last_in_chain = 1;
    b->sync = body.empty() && r != r->main ? 1 : 0;
    ngx_chain_t out{b, nullptr};
    return ngx_http_output_filter(r, &out);
}

}  // namespace

ngx_table_elt_t* uncompressed()
{
    static ngx_table_elt_t header;
    header.value = ngx_string("identity");
    return &header;
}

ngx_table_elt_t* add_lasting(ngx_http_request_t* r, std::string_view name,
                             std::string_view value)
{
    auto* header =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (header == nullptr) {
        return nullptr;
    }
    ngx_memzero(header, sizeof(*header));
    header->hash = 1;
    end_header(header);
    header->key = str(name);
    header->value = str(value);
    return header;
}

ngx_table_elt_t* add_header(ngx_http_request_t* r, std::string_view name,
                            std::string_view value)
{
    ngx_str_t kept = copy(r->pool, value);
    return kept.data == nullptr ? nullptr : add_lasting(r, name, view(kept));
}

bool add_caching(ngx_http_request_t* r, std::string_view value, Caching caching)
{
    forget_caching(r);
    ngx_table_elt_t* header = add_lasting(r, "Cache-Control", value);
    if (header == nullptr) {
        return false;
    }
    if (caching == Caching::kYielding) {
        return set_cache_control(r, header);
    }
    // Two that are not among the headers of the answer, for `expires` to write
    // to: it has neither seen nor sent them.
    auto* shown = static_cast<ngx_table_elt_t*>(
        ngx_pcalloc(r->pool, 2 * sizeof(ngx_table_elt_t)));
    if (shown == nullptr) {
        return false;
    }
    shown[0] = *header;
    end_header(&shown[1]);
    r->headers_out.expires = &shown[1];
    return set_cache_control(r, &shown[0]);
}

void read_request(ngx_http_request_t* r, subscriber::Request* out)
{
    out->method = view(r->method_name);
    out->http_version = version_of(r);
    out->args = view(r->args);
#if (NGX_HTTP_SSL)
    out->secure = r->connection->ssl != nullptr;
#endif
    for (ngx_list_part_t* part = &r->headers_in.headers.part; part != nullptr;
         part = part->next) {
        auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            read_header(r->pool, headers[i], out);
        }
    }
    if (out->host.data() == nullptr) {
        out->host = view(authority(r));
    }
}

ngx_int_t discard_body(ngx_http_request_t* r)
{
    ngx_int_t rc = ngx_http_discard_request_body(r);
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    if (rc == NGX_OK && r->discard_body && core->post_action.data != nullptr) {
        r->discard_body = 0;
        r->headers_in.content_length_n = -1;  // nor is it the action's
        r->headers_in.chunked = 0;
        r->read_event_handler = ngx_http_block_reading;
        r->main->count--;
        r->keepalive = 0;
        r->lingering_close = 1;
    }
    return rc;
}

ngx_int_t answer(ngx_http_request_t* r, ngx_uint_t status,
                 std::string_view type, std::string_view body)
{
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    return send_whole(r, status, type, body);
}

bool has_prefix(const ngx_http_core_loc_conf_t* core)
{
#if (NGX_PCRE)
    if (core->regex != nullptr) {
        return false;
    }
#endif
    return !core->named;
}

std::string_view rest_of_uri(const ngx_http_request_t* r,
                             const ngx_http_core_loc_conf_t* core)
{
    if (!has_prefix(core)) {
        return {};
    }
    std::string_view rest = view(r->uri);
    if (!rest.starts_with(view(core->name))) {
        return {};  // rewritten in the location
    }
    rest.remove_prefix(core->name.len);
    while (!rest.empty() && rest.front() == '/') {
        rest.remove_prefix(1);
    }
    return rest;
}

ngx_int_t send_head_with(ngx_http_request_t* r, const FramePtr& hello,
                         const FramePtr& first)
{
    ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK) {
        return NGX_ERROR;
    }
    ngx_chain_t* out = nullptr;
    // nginx sends no empty buffer, but for an alert.
    bool good = r->header_only ||
                (add_frame(r, first, &out) && add_frame(r, hello, &out));
    if (!good) {
        return NGX_ERROR;
    }
    if (out == nullptr) {
        return ngx_http_send_special(r, NGX_HTTP_FLUSH);
    }
    return ngx_http_write_filter(r, out);
}

ngx_int_t answer_text(ngx_http_request_t* r, ngx_uint_t status,
                      std::string_view text)
{
    auto* line = static_cast<char*>(ngx_pnalloc(r->pool, text.size() + 1));
    if (line == nullptr) {
        return NGX_ERROR;
    }
    ngx_memcpy(line, text.data(), text.size());
    line[text.size()] = '\n';
    // Who may have what is not for a cache to know.
    if (status >= NGX_HTTP_BAD_REQUEST &&
        !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_ERROR;
    }
    return answer(r, status, "text/plain; charset=utf-8",
                  {line, text.size() + 1});
}

ngx_int_t answer_frame(ngx_http_request_t* r, ngx_uint_t status,
                       std::string_view type, const FramePtr& frame)
{
    if (!keep_until_sent(r, frame)) {
        return NGX_ERROR;
    }
    return send_whole(r, status, type, text_of(frame->bytes()));
}

}  // namespace onair::ngx
