#include "ngx_module/module/directives_publish.h"

#include <new>

#include "base/bytes.h"
#include "ngx_module/conf/params.h"
#include "ngx_module/module/directives_source.h"
#include "ngx_module/publish/publish.h"
#include "subscriber/origin.h"

namespace onair::ngx {

namespace {

MainConf* main_of(ngx_conf_t* cf)
{
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    main->used = 1;
    return main;
}

// All publishers of one priority are one source: who publishes last is
// believed, whichever location it came by.
uint32_t key_of_publishers(ngx_uint_t priority)
{
    auto digit = static_cast<char>('0' + priority);
    uint64_t hash =
        hash_end(hash_more(hash_more(kHashSeed, "publish"), {&digit, 1}));
    auto key = static_cast<uint32_t>(hash ^ (hash >> 32));
    return key == 0 ? 1 : key;
}

constexpr ngx_uint_t kMostPages = 64;

bool is_listed(const OriginConf* pages, std::string_view host)
{
    for (ngx_uint_t i = 0; i < pages->count; i++) {
        if (pages->hosts[i] == host) {
            return true;
        }
    }
    return false;
}

// pages=HOST,HOST; more of them may follow.
bool add_pages(Params& params, OriginConf* pages)
{
    std::string_view list = params.value();
    while (true) {
        size_t comma = list.find(',');
        std::string_view host = list.substr(0, comma);
        // null is no site; a name twice may be meant to be another one.
        if (host == "null" || !subscriber::check_origin_host(host).ok() ||
            is_listed(pages, host) || pages->count == kMostPages) {
            params.invalid();
            return false;
        }
        pages->hosts[pages->count++] = host;
        if (comma == std::string_view::npos) {
            return true;
        }
        list.remove_prefix(comma + 1);
    }
}

bool set_from(Params& params, AccessConf* access)
{
    access->from_any = params.value() == "any";
    if (!access->from_any && params.value() != "local") {
        params.invalid();
        return false;
    }
    return true;
}

bool set_key(Params& params, AccessConf* access)
{
    access->api_key = str(params.value());
    if (params.value().empty()) {
        params.invalid();
        return false;
    }
    return true;
}

PublishConf* new_publish(ngx_conf_t* cf)
{
    void* at = ngx_pcalloc(cf->pool, sizeof(PublishConf));
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh pool memory; a PublishConf needs no destructor.
    auto* publish = new (at) PublishConf();
    publish->max_body = size_t{64} * 1024;
    publish->hold = 0;
    source::open_charsets();
    return init_access(cf, &publish->access) ? publish : nullptr;
}

// One parameter of onair_publish.
bool read_publish_param(Params& params, PublishConf* publish)
{
    bool good = true;
    if (params.is("zone")) {
        return params.zone(&publish->zone);
    }
    if (set_access(params, &publish->access, &good)) {
        return good;
    }
    if (params.is("expires")) {
        return params.time(&publish->expires, 100);
    }
    if (params.is("priority")) {
        return params.number(&publish->priority, 0, 9);
    }
    if (params.is("hold")) {
        return params.time(&publish->hold, 0);
    }
    if (params.is("max_body")) {
        return params.size(&publish->max_body, 64);
    }
    if (is_repair(params, &publish->repair, &good)) {
        return good;
    }
    if (publish->station == nullptr &&
        params.text().find('=') == std::string_view::npos) {
        return params.station(&publish->station, false);
    }
    params.invalid();
    return false;
}

}  // namespace

bool init_access(ngx_conf_t* cf, AccessConf* access)
{
    access->pages.hosts = static_cast<std::string_view*>(
        ngx_pcalloc(cf->pool, kMostPages * sizeof(std::string_view)));
    return access->pages.hosts != nullptr;
}

bool set_access(Params& params, AccessConf* access, bool* good)
{
    if (params.is("from")) {
        *good = set_from(params, access);
    } else if (params.is("pages")) {
        *good = add_pages(params, &access->pages);
    } else if (params.is("key")) {
        *good = set_key(params, access);
    } else {
        return false;
    }
    return true;
}

char* set_publish(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->purpose != Purpose::kNone) {
        return params.say_taken(loc->purpose == Purpose::kPublish);
    }
    PublishConf* publish = new_publish(cf);
    if (publish == nullptr || !params.distinct()) {
        return Params::error();
    }
    while (params.next()) {
        if (!read_publish_param(params, publish)) {
            return Params::error();
        }
    }
    if (publish->zone == nullptr) {
        publish->zone = find_zone(cf, kDefaultZone);
    }
    main_of(cf);
    if (!take_location(params, loc, Purpose::kPublish, on_publish)) {
        return Params::error();
    }
    publish->core = loc->core;
    publish->key = key_of_publishers(publish->priority);
    loc->publish = publish;
    return publish->zone == nullptr ? Params::error() : NGX_CONF_OK;
}

}  // namespace onair::ngx
