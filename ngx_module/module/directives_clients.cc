#include "ngx_module/module/directives_clients.h"

#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/conf/params.h"
#include "subscriber/origin.h"

namespace onair::ngx {

namespace {

constexpr ngx_int_t kMostMessages = 65535;  // a second, and in a burst
// The bytes of an echo are counted in 32 bits by frames and by zlib.
constexpr size_t kLargestMessage = size_t{1} << 30;

LocConf* at(void* conf)
{
    return static_cast<LocConf*>(conf);
}

bool add_origin(Params& params, OriginConf* origin)
{
    std::string_view text = params.text();
    if (text == "any") {
        origin->any = 1;
        return true;
    }
    if (text == "same") {
        origin->same = 1;
        return true;
    }
    if (text == "null") {
        origin->null = 1;
        return true;
    }
    if (!subscriber::check_origin_host(text).ok()) {
        params.invalid();
        return false;
    }
    origin->hosts[origin->count++] = text;
    return true;
}

}  // namespace

char* set_heartbeat(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->heartbeat != NGX_CONF_UNSET_MSEC) {
        return params.say("is duplicate");
    }
    params.next();
    params.whole();
    if (!params.time(&loc->heartbeat, 1000)) {
        return Params::error();
    }
    loc->heartbeat_timeout =
        ngx_min(loc->heartbeat * 2 + 10000, kLongestTime + 10000);
    if (params.next()) {
        if (!params.is("timeout")) {
            return params.invalid();
        }
        if (!params.time(&loc->heartbeat_timeout, 1000)) {
            return Params::error();
        }
    }
    if (loc->heartbeat_timeout <= loc->heartbeat) {
        return params.say("needs a timeout that is longer than its time");
    }
    return NGX_CONF_OK;
}

char* set_origin(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->origin != NGX_CONF_UNSET_PTR) {
        return params.say("is duplicate");
    }
    if (!params.distinct()) {
        return Params::error();
    }
    loc->origin = zeroed<OriginConf>(cf->pool);
    auto* hosts = static_cast<std::string_view*>(
        ngx_pcalloc(cf->pool, cf->args->nelts * sizeof(std::string_view)));
    if (loc->origin == nullptr || hosts == nullptr) {
        return Params::error();
    }
    loc->origin->hosts = hosts;
    while (params.next()) {
        if (!add_origin(params, loc->origin)) {
            return Params::error();
        }
    }
    if (loc->origin->any &&
        (loc->origin->same || loc->origin->null || loc->origin->count > 0)) {
        return params.say("with \"any\" takes no other parameter");
    }
    return NGX_CONF_OK;
}

char* set_connections(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->most_connections != NGX_CONF_UNSET ||
        loc->most_per_address != NGX_CONF_UNSET) {
        return params.say("is duplicate");
    }
    if (!params.distinct()) {
        return Params::error();
    }
    bool several = cf->args->nelts > 2;
    while (params.next()) {
        if (params.text() == "off" && !several) {
            loc->most_connections = loc->most_per_address = 0;
            return NGX_CONF_OK;
        }
        ngx_uint_t number = 0;
        bool zone_wide = params.is("zone-wide");
        if (!zone_wide && !params.is("per_ip")) {
            return params.invalid();
        }
        if (!params.number(&number, 1, zone_wide ? 100000000 : 65535)) {
            return Params::error();
        }
        (zone_wide ? loc->most_connections : loc->most_per_address) =
            static_cast<ngx_int_t>(number);
    }
    return NGX_CONF_OK;
}

char* set_message_rate(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->message_rate != NGX_CONF_UNSET_UINT) {
        return params.say("is duplicate");
    }
    params.next();
    if (params.text() == "off") {
        loc->message_rate = 0;
        loc->message_burst = 0;
        return params.next() ? params.invalid() : NGX_CONF_OK;
    }
    std::string_view text = params.text();
    if (text.size() < 4 || text.substr(text.size() - 3) != "r/s") {
        return params.invalid();
    }
    ngx_str_t digits = str(text.substr(0, text.size() - 3));
    ngx_int_t rate = ngx_atoi(digits.data, digits.len);
    if (rate == NGX_ERROR || rate == 0 || rate > kMostMessages) {
        return params.invalid();
    }
    loc->message_rate = static_cast<ngx_uint_t>(rate);
    loc->message_burst = ngx_min(2 * rate, kMostMessages);
    if (params.next()) {
        if (!params.is("burst")) {
            return params.invalid();
        }
        if (!params.number(&loc->message_burst, 1, kMostMessages)) {
            return Params::error();
        }
    }
    return NGX_CONF_OK;
}

// nginx's own setters leave the value (sizes) or the directive's name (words)
// out of their errors.
char* set_max_message(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    size_t& most = at(conf)->max_message;
    if (most != NGX_CONF_UNSET_SIZE) {
        return params.say("is duplicate");
    }
    params.next();
    params.whole();
    if (!params.size(&most, 0)) {
        return Params::error();
    }
    return most > kLargestMessage ? params.say("takes 1024m at the most")
                                  : NGX_CONF_OK;
}

}  // namespace onair::ngx
