#include "ngx_module/base/cross_origin.h"

#include <algorithm>
#include <iterator>

namespace onair::ngx {

namespace {

ngx_http_output_header_filter_pt g_next_header_filter;

constexpr const char* kOnce[] = {kAllowOrigin, kAllowCredentials, kMaxAge};
constexpr size_t kLeast = sizeof(kMaxAge) - 1;

bool is_ours(const ngx_table_elt_t& header)
{
    // Most headers are shorter than the shortest of these.
    return header.key.len >= kLeast &&
           std::any_of(
               std::begin(kOnce), std::end(kOnce),
               [&header](const void* name) { return header.key.data == name; });
}

bool is_another(const ngx_table_elt_t& header, const ngx_table_elt_t& ours)
{
    return header.key.len == ours.key.len && header.hash != 0 &&
           !is_ours(header) &&
           ngx_strncasecmp(header.key.data, ours.key.data, ours.key.len) == 0;
}

template <typename Do>
void each_header(ngx_http_request_t* r, Do what)
{
    for (ngx_list_part_t* part = &r->headers_out.headers.part; part != nullptr;
         part = part->next) {
        auto* headers = static_cast<ngx_table_elt_t*>(part->elts);
        std::for_each(headers, headers + part->nelts, what);
    }
}

ngx_int_t on_header_filter(ngx_http_request_t* r) noexcept
{
    each_header(r, [r](ngx_table_elt_t& header) {
        if (!is_ours(header)) {
            return;
        }
        each_header(r, [&header](const ngx_table_elt_t& other) {
            if (is_another(other, header)) {
                header.hash = 0;  // nginx sends none of these
            }
        });
    });
    return g_next_header_filter(r);
}

}  // namespace

void install_cross_origin_filter()
{
    g_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = on_header_filter;
}

}  // namespace onair::ngx
