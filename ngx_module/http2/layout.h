// What this module knows of nginx's HTTP/2 from the inside: frames of its own
// in nginx's output queue (own_frames.h), a small request in place of a large
// one (small_request.h).
//
// Both lean on functions whose text is the same from 1.22.0 to 1.31.5, and on
// fields that these have. Where nginx has no HTTP/2, or is a version that
// nobody has looked at, streams go through nginx's filters and keep their
// request.
#pragma once

#include <type_traits>

#include "ngx_module/base/ngx.h"

#if (NGX_HTTP_V2 && nginx_version >= 1022000 && nginx_version <= 1031005)

namespace onair::ngx {

inline constexpr bool kHttp2IsKnown = true;

// The parts that are written to; another meaning would have another type.
static_assert(
    std::is_same_v<decltype(ngx_http_v2_stream_t::send_window), ssize_t>);
static_assert(
    std::is_same_v<decltype(ngx_http_v2_stream_t::queued), ngx_uint_t>);
static_assert(
    std::is_same_v<decltype(ngx_http_v2_stream_t::queue), ngx_queue_t>);
static_assert(
    std::is_same_v<decltype(ngx_http_v2_stream_t::pool), ngx_pool_t*>);
static_assert(
    std::is_same_v<decltype(ngx_http_v2_connection_t::send_window), size_t>);
static_assert(
    std::is_same_v<decltype(ngx_http_v2_connection_t::total_bytes), off_t>);
static_assert(
    std::is_same_v<decltype(ngx_http_v2_connection_t::payload_bytes), off_t>);
static_assert(std::is_same_v<decltype(ngx_http_v2_connection_t::last_out),
                             ngx_http_v2_out_frame_t*>);
static_assert(
    std::is_same_v<decltype(ngx_http_v2_connection_t::waiting), ngx_queue_t>);
static_assert(std::is_same_v<decltype(ngx_http_v2_node_t::stream),
                             ngx_http_v2_stream_t*>);
static_assert(std::is_same_v<decltype(ngx_http_v2_out_frame_t::handler),
                             ngx_int_t (*)(ngx_http_v2_connection_t*,
                                           ngx_http_v2_out_frame_t*)>);

}  // namespace onair::ngx

#else

namespace onair::ngx {

inline constexpr bool kHttp2IsKnown = false;

}  // namespace onair::ngx

#endif
