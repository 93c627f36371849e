#include "ngx_module/subscriber/admission.h"

#include "ngx_module/base/cross_origin.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// All that the choice of an answer depends on, for the caches in between: one
// URL is a document, an event stream and a WebSocket, and refuses some pages.
bool add_vary(ngx_http_request_t* r, bool any)
{
    return add_lasting(r, "Vary",
                       any ? "Accept, Upgrade" : "Accept, Upgrade, Origin");
}

// What browsers ask for when a page of another site reads the answer. Where any
// page may, it is there for everyone: a cache gives one answer to all of them,
// whoever asked first. A page needs none of it for a WebSocket.
bool add_cors(ngx_http_request_t* r, const subscriber::Request& request,
              bool any)
{
    bool for_all = any && !subscriber::wants_websocket(request);
    if (request.origin.data() == nullptr && !for_all) {
        return true;
    }
    return add_lasting(r, kAllowOrigin, any ? "*" : request.origin) &&
           add_lasting(r, "Access-Control-Expose-Headers", "ETag");
}

}  // namespace

ngx_int_t answer_preflight(ngx_http_request_t* r, const Allowed& allowed)
{
    // Or nginx would take a body for the next request.
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    bool good =
        add_header(r, "Access-Control-Allow-Methods", allowed.methods) &&
        add_header(r, "Access-Control-Allow-Headers", allowed.headers) &&
        add_header(r, kMaxAge, "86400") &&
        add_header(r, "Allow", allowed.methods);
    if (!good) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_clear_content_length(r);
    return ngx_http_send_header(r);
}

ngx_int_t refuse(ngx_http_request_t* r, const subscriber::Refusal& refusal,
                 const Allowed& allowed)
{
    count(slot::Total::kRefusedRequest);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "onair: request refused: %*s", refusal.reason.size(),
                  refusal.reason.data());
    if (refusal.status == 426) {
        // RFC 9110 section 7.8: never without the connection option.
        r->headers_out.status_line = str("426 Upgrade Required");
        if (!add_header(r, "Sec-WebSocket-Version", "13") ||
            !add_header(r, "Upgrade", "websocket") ||
            !add_header(r, "Connection", "upgrade")) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    if (refusal.status == NGX_HTTP_NOT_ALLOWED &&
        !add_header(r, "Allow", allowed.methods)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer_text(r, refusal.status, refusal.reason);
}

ngx_int_t admit_origin(ngx_http_request_t* r, const LocConf* conf,
                       subscriber::Request* request)
{
    read_request(r, request);
    if (r != r->main) {
        // The headers are those of the page that this becomes a part of.
        subscriber::Request bare;
        bare.method = request->method;
        bare.http_version = request->http_version;
        bare.args = request->args;
        *request = bare;
    }
    subscriber::OriginRule rule = rule_of(conf->origin);
    if (!add_vary(r, rule.any)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!subscriber::origin_allowed(rule, request->origin, request->host,
                                    request->secure)) {
        count(slot::Total::kRefusedOrigin);
        ngx_str_t origin = str(request->origin);
        ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                      "onair: origin \"%V\" is not allowed", &origin);
        return answer_text(r, NGX_HTTP_FORBIDDEN,
                           "this origin is not allowed, see onair_origin");
    }
    return add_cors(r, *request, rule.any) ? NGX_OK
                                           : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t admit(ngx_http_request_t* r, const LocConf* conf,
                const Allowed& allowed, const subscriber::Offer& offer,
                subscriber::Request* request, subscriber::Ask* ask)
{
    ngx_int_t rc = admit_origin(r, conf, request);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    subscriber::Refusal refusal = subscriber::classify(*request, offer, ask);
    if (refusal.status == NGX_HTTP_NO_CONTENT) {
        return answer_preflight(r, allowed);
    }
    if (refusal.status == NGX_HTTP_NOT_ALLOWED) {
        refusal.reason = allowed.only;
    }
    return refusal.status != 0 ? refuse(r, refusal, allowed) : NGX_OK;
}

ngx_int_t enter(ngx_http_request_t* r, const LocConf* conf, ZoneConf* zone,
                uint64_t* hash)
{
    *hash = address_hash(r);
    if (enter_cap(conf, zone, *hash)) {
        return NGX_OK;
    }
    count(slot::Total::kRefusedCap);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0,
                  "onair: too many connections");
    if (!add_header(r, "Retry-After", "30") ||
        !add_header(r, "Access-Control-Expose-Headers", "Retry-After")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer_text(r, NGX_HTTP_TOO_MANY_REQUESTS, "too many connections");
}

// As nginx's own filter of chunks decides.
bool has_chunks(ngx_http_request_t* r)
{
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return r->http_version >= NGX_HTTP_VERSION_11 &&
           core->chunked_transfer_encoding;
}

}  // namespace onair::ngx
