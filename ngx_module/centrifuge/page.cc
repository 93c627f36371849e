#include "ngx_module/centrifuge/page.h"

#include "ngx_module/base/cross_origin.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/zone/worker.h"
#include "subscriber/field.h"
#include "subscriber/origin.h"

namespace onair::ngx {

namespace {

// A page may ask with credentials, so that it is named: a star will not do for
// that. Without an Origin the answer may be kept by a cache for all.
bool add_cors(ngx_http_request_t* r, std::string_view origin)
{
    if (!add_header(r, "Vary", "Origin")) {
        return false;
    }
    if (origin.data() == nullptr) {
        return true;
    }
    return add_header(r, kAllowOrigin, origin) &&
           add_header(r, kAllowCredentials, "true") &&
           add_header(r, "Access-Control-Expose-Headers", "ETag");
}

ngx_int_t answer_preflight(ngx_http_request_t* r, std::string_view methods)
{
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    bool good =
        add_header(r, "Access-Control-Allow-Methods", methods) &&
        add_header(r, "Access-Control-Allow-Headers",
                   "Accept, Authorization, Cache-Control, Content-Type,"
                   " If-None-Match, Last-Event-ID, Session-Id, X-API-Key") &&
        add_header(r, kMaxAge, "86400") && add_header(r, "Allow", methods);
    if (!good) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_clear_content_length(r);
    return ngx_http_send_header(r);
}

}  // namespace

ngx_int_t admit_page(ngx_http_request_t* r, std::string_view methods)
{
    subscriber::Request request;
    read_request(r, &request);
    if (r != r->main) {
        request.origin = {};  // that of the page this becomes a part of
    }
    if (!subscriber::origin_allowed(rule_of(loc_conf(r)->origin),
                                    request.origin, request.host,
                                    request.secure)) {
        count(slot::Total::kRefusedOrigin);
        ngx_str_t origin = str(request.origin);
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "onair: origin \"%V\" is not allowed", &origin);
        return answer_text(r, NGX_HTTP_FORBIDDEN,
                           "this origin is not allowed, see onair_origin");
    }
    if (!add_cors(r, request.origin)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (r->method == NGX_HTTP_OPTIONS) {
        return answer_preflight(r, methods);
    }
    subscriber::Parts allowed(methods, ',');
    for (std::string_view method; allowed.next(&method);) {
        if (method == request.method) {
            return NGX_OK;
        }
    }
    count(slot::Total::kRefusedRequest);
    if (!add_header(r, "Allow", methods)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer_text(r, NGX_HTTP_NOT_ALLOWED, "this method is not allowed");
}

}  // namespace onair::ngx
