#include "ngx_module/publish/access.h"

#include "ngx_module/base/cross_origin.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/poller/poll_connection.h"
#include "ngx_module/zone/worker.h"
#include "subscriber/key.h"

namespace onair::ngx {

namespace {

// The other end of the connection, where ngx_http_realip_module has put the
// client's address in its place; empty without that module.
std::string_view peer(ngx_http_request_t* r)
{
    ngx_str_t name = ngx_string("realip_remote_addr");
    ngx_http_variable_value_t* value =
        ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));
    if (value == nullptr || value->not_found) {
        return {};
    }
    return view({value->len, value->data});
}

// A client by way of a proxy is local if proxy and client are.
bool is_local(ngx_http_request_t* r, const subscriber::Request& request)
{
    std::string_view addresses[3] = {view(r->connection->addr_text)};
    size_t count = 1;
    std::string_view other_end = peer(r);
    if (!other_end.empty()) {
        addresses[count++] = other_end;
    }
    if (r->connection->proxy_protocol != nullptr) {
        addresses[count++] = view(r->connection->proxy_protocol->src_addr);
    }
    return subscriber::is_local({addresses, count}, request);
}

bool is_named_page(const AccessConf* conf, const subscriber::Request& request)
{
    return conf->pages.count > 0 && request.origin.data() != nullptr &&
           subscriber::origin_allowed(rule_of(&conf->pages), request.origin,
                                      request.host, request.secure);
}

subscriber::Refusal check_publisher(ngx_http_request_t* r,
                                    const AccessConf* conf,
                                    const subscriber::Request& request,
                                    subscriber::Door door)
{
    subscriber::PublishRule rule;
    rule.door = door;
    rule.from_any = conf->from_any != 0;
    rule.pages = rule_of(&conf->pages);
    rule.names = {conf->names, conf->names_count};
    return subscriber::check_publisher(request, is_local(r, request), rule);
}

bool add_publish_cors(ngx_http_request_t* r, const AccessConf* conf,
                      const subscriber::Request& request)
{
    // Nothing of this is ever from a cache, so there is nothing to vary.
    return !is_named_page(conf, request) ||
           (add_header(r, kAllowOrigin, request.origin) &&
            add_header(r, kAllowCredentials, "true"));
}

// NGX_DECLINED: it is none of a page that may.
ngx_int_t answer_publish_preflight(ngx_http_request_t* r,
                                   const AccessConf* conf, const DoorWay& way,
                                   const subscriber::Request& request)
{
    if (!is_named_page(conf, request)) {
        return NGX_DECLINED;
    }
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    bool good = add_publish_cors(r, conf, request) &&
                add_header(r, "Access-Control-Allow-Methods", way.allowed) &&
                add_header(r, "Access-Control-Allow-Headers",
                           "Content-Type, Authorization");
    if (!good) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_clear_content_length(r);
    return ngx_http_send_header(r);
}

// X-API-Key: KEY, or Authorization: apikey KEY, where a key is asked for.
bool has_key(const AccessConf* conf, const subscriber::Request& request)
{
    return conf->api_key.len == 0 ||
           subscriber::is_key(view(conf->api_key), request.api_key) ||
           subscriber::is_key(view(conf->api_key),
                              subscriber::key_in(request.authorization));
}

}  // namespace

void say_refused(ngx_http_request_t* r, const DoorWay& way,
                 std::string_view why)
{
    count(slot::Total::kPublishRefused);
    ngx_str_t words = str(why);
    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0, "onair: %s refused: %V",
                  way.what, &words);
}

ngx_int_t refuse_pusher(ngx_http_request_t* r, const DoorWay& way,
                        ngx_uint_t status, std::string_view why)
{
    say_refused(r, way, why);
    return answer_text(r, status, why);
}

ngx_int_t admit_pusher(ngx_http_request_t* r, const AccessConf* conf,
                       const DoorWay& way)
{
    subscriber::Request request;
    read_request(r, &request);
    if (r->method == NGX_HTTP_OPTIONS) {
        ngx_int_t rc = answer_publish_preflight(r, conf, way, request);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }
    if (!(r->method & way.methods)) {
        if (!add_header(r, "Allow", way.allowed)) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
        return refuse_pusher(r, way, NGX_HTTP_NOT_ALLOWED, way.only);
    }
    if (is_poll_connection(r->connection)) {
        // A source's document asked for it, by SSI for one.
        return refuse_pusher(r, way, NGX_HTTP_FORBIDDEN,
                             "what is polled may not publish");
    }
    subscriber::Refusal refusal = check_publisher(r, conf, request, way.door);
    if (refusal.status != 0) {
        return refuse_pusher(r, way, refusal.status, refusal.reason);
    }
    if (!add_publish_cors(r, conf, request)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!has_key(conf, request)) {
        return refuse_pusher(r, way, NGX_HTTP_UNAUTHORIZED,
                             "the key is missing or another, see key");
    }
    return NGX_DECLINED;
}

}  // namespace onair::ngx
