// What differs between nginx 1.22 and the newest mainline, and nothing else.
// Included by ngx.h only.
#pragma once

namespace onair::ngx {

// A list of equal request headers: arrays until 1.23.0, linked lists since.
#if (nginx_version >= 1023000)
inline constexpr bool kHeadersAreLinked = true;
#else
inline constexpr bool kHeadersAreLinked = false;
#endif

inline void end_header(ngx_table_elt_t* header)
{
#if (nginx_version >= 1023000)
    header->next = nullptr;
#else
    (void)header;
#endif
}

// HTTP/2 (and later HTTP/3) requests are streams of a shared connection.
inline bool is_stream(const ngx_http_request_t* r)
{
#if (NGX_HTTP_V3)
    if (r->http_version == NGX_HTTP_VERSION_30) {
        return true;
    }
#endif
#if (NGX_HTTP_V2)
    if (r->stream != nullptr) {
        return true;
    }
#endif
    return r->http_version >= NGX_HTTP_VERSION_20;
}

// Makes a header what nginx's `expires` finds as Cache-Control and changes: one
// of the answer's, or one of nobody's. False without memory.
inline bool set_cache_control(ngx_http_request_t* r, ngx_table_elt_t* header)
{
#if (nginx_version >= 1023000)
    header->next = nullptr;
    r->headers_out.cache_control = header;
    return true;
#else
    ngx_array_t* array = &r->headers_out.cache_control;
    if (array->elts == nullptr &&
        ngx_array_init(array, r->pool, 1, sizeof(ngx_table_elt_t*)) != NGX_OK) {
        return false;
    }
    array->nelts = 0;
    auto** place = static_cast<ngx_table_elt_t**>(ngx_array_push(array));
    if (place == nullptr) {
        return false;
    }
    *place = header;
    return true;
#endif
}

// What a request without a Host header asked for: `:authority` of HTTP/3, of
// which nginx's headers_in.server has lost the port. With HTTP/2 nginx itself
// makes a Host header of it.
inline ngx_str_t authority(const ngx_http_request_t* r)
{
    if (is_stream(r) && r->host_start != nullptr) {
        return {static_cast<size_t>(r->host_end - r->host_start),
                r->host_start};
    }
    return r->headers_in.server;
}

}  // namespace onair::ngx
