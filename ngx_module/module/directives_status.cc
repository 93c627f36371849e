#include "ngx_module/module/directives_status.h"

#include <algorithm>

#include "ngx_module/base/pool.h"
#include "ngx_module/conf/params.h"
#include "ngx_module/status/health.h"
#include "ngx_module/status/status.h"

namespace onair::ngx {

namespace {

constexpr size_t kMostRequired = 64;

// A location has one purpose.
bool set_asked(Params& params, LocConf* conf, Purpose purpose,
               ngx_http_handler_pt handler)
{
    if (conf->purpose != Purpose::kNone) {
        params.say_taken(conf->purpose == purpose);
        return false;
    }
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(params.cf(), ngx_http_onair_module));
    main->used = 1;
    return params.distinct() && take_location(params, conf, purpose, handler);
}

// require=STATION,STATION
bool set_required(Params& params, HealthConf* health)
{
    health->stations = static_cast<std::string_view*>(ngx_palloc(
        params.cf()->pool, kMostRequired * sizeof(std::string_view)));
    if (health->stations == nullptr) {
        return false;
    }
    std::string_view rest = params.value();
    for (bool more = true; more;) {
        size_t comma = rest.find(',');
        std::string_view name = rest.substr(0, comma);
        std::string_view* end = health->stations + health->count;
        if (health->count == kMostRequired || !Params::names_station(name) ||
            std::find(health->stations, end, name) != end) {
            params.invalid();
            return false;
        }
        health->stations[health->count++] = name;
        more = comma != std::string_view::npos;
        rest.remove_prefix(more ? comma + 1 : rest.size());
    }
    return true;
}

bool read_health_param(Params& params, HealthConf* health)
{
    if (params.is("require")) {
        return set_required(params, health);
    }
    if (params.is("zone")) {
        return params.zone(&health->zone);
    }
    params.invalid();
    return false;
}

}  // namespace

char* set_status(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    return set_asked(params, loc, Purpose::kStatus, on_status)
               ? NGX_CONF_OK
               : Params::error();
}

char* set_health(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    auto* health = zeroed<HealthConf>(cf->pool);
    if (health == nullptr ||
        !set_asked(params, loc, Purpose::kHealth, on_health)) {
        return Params::error();
    }
    loc->health = health;
    while (params.next()) {
        if (!read_health_param(params, health)) {
            return Params::error();
        }
    }
    if (health->count == 0) {
        return health->zone == nullptr
                   ? NGX_CONF_OK
                   : params.say("has \"zone=\" without \"require=\"");
    }
    if (health->zone == nullptr) {
        health->zone = find_zone(cf, kDefaultZone);
    }
    return health->zone == nullptr ? Params::error() : NGX_CONF_OK;
}

}  // namespace onair::ngx
