#include "ngx_module/poller/poll_main.h"

#include "ngx_module/base/str.h"
#include "source/charset.h"

namespace onair::ngx {

namespace {

// SHOUTcast 1 answers its page to browsers only.
constexpr char kUserAgent[] = "Mozilla/5.0 (compatible; onair)";
// And its page to browsers instead of the sound.
constexpr char kPlayer[] = "onair";

ngx_table_elt_t* add_header(ngx_http_request_t* r, std::string_view key,
                            std::string_view lowcase, std::string_view value)
{
    auto* header =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_in.headers));
    if (header != nullptr) {
        ngx_memzero(header, sizeof(*header));
        end_header(header);
        header->key = str(key);
        header->lowcase_key = str(lowcase).data;
        // The name by which proxy_set_header replaces it.
        header->hash = ngx_hash_key(header->lowcase_key, lowcase.size());
        header->value = str(value);
    }
    return header;
}

bool add_headers(ngx_http_request_t* r, const PollConf* conf)
{
    if (ngx_list_init(&r->headers_in.headers, r->pool, 4,
                      sizeof(ngx_table_elt_t)) != NGX_OK) {
        return false;
    }
    std::string_view name = server_of(conf);
    ngx_table_elt_t* host =
        add_header(r, "Host", "host", name.empty() ? "localhost" : name);
    ngx_table_elt_t* agent =
        add_header(r, "User-Agent", "user-agent",
                   conf->pull == nullptr ? kUserAgent : kPlayer);
    if (host == nullptr || agent == nullptr) {
        return false;
    }
    if (conf->pull != nullptr &&
        add_header(r, "Icy-MetaData", "icy-metadata", "1") == nullptr) {
        return false;
    }
    r->headers_in.host = host;
    r->headers_in.server = host->value;
    r->headers_in.user_agent = agent;
    return true;
}

}  // namespace

bool fill_main(ngx_http_request_t* r, const PollConf* conf)
{
    if (!add_headers(r, conf)) {
        return false;
    }
    r->method = NGX_HTTP_GET;
    r->method_name = ngx_http_core_get_method;
    r->http_version = NGX_HTTP_VERSION_11;
    r->http_protocol = str("HTTP/1.1");
    r->uri = conf->location;
    r->unparsed_uri = conf->location;
    r->request_line = conf->location;
    r->internal = 1;
    r->logged = 1;
    r->valid_unparsed_uri = 0;
    r->main_filter_need_in_memory = 1;
    return true;
}

ngx_http_core_loc_conf_t* make_silent(ngx_http_request_t* r)
{
    size_t size = ngx_http_max_module * sizeof(void*);
    auto** confs = static_cast<void**>(ngx_palloc(r->pool, size));
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_palloc(r->pool, sizeof(ngx_http_core_loc_conf_t)));
    if (confs == nullptr || core == nullptr) {
        return nullptr;
    }
    ngx_memcpy(confs, r->loc_conf, size);
    ngx_memcpy(core, confs[ngx_http_core_module.ctx_index], sizeof(*core));
    core->log_subrequest = 0;
    core->post_action = {};
    confs[ngx_http_core_module.ctx_index] = core;
    r->loc_conf = confs;
    return core;
}

std::string_view charset_of(const ngx_http_headers_out_t& head)
{
    return head.charset.len > 0 ? view(head.charset)
                                : source::charset_in(view(head.content_type));
}

bool make_quiet(ngx_http_request_t* main)
{
    ngx_http_core_loc_conf_t* core = make_silent(main);
    if (core == nullptr) {
        return false;
    }
    core->error_pages = nullptr;
    core->limit_rate = nullptr;
    core->postpone_output = 0;
    core->reset_timedout_connection = 0;
    core->send_lowat = 0;
    core->sendfile_max_chunk = 0;
    return true;
}

}  // namespace onair::ngx
