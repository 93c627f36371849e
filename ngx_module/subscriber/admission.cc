#include "ngx_module/subscriber/admission.h"

#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

ngx_int_t refuse(ngx_http_request_t* r, const subscriber::Refusal& refusal)
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
        !add_header(r, "Allow", "GET, HEAD, OPTIONS")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer_text(r, refusal.status, refusal.reason);
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
