#include "ngx_module/module/directives.h"

#include "ngx_module/azuracast/handler.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/centrifuge/handler.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/conf/params.h"
#include "ngx_module/module/directives_clients.h"
#include "ngx_module/module/directives_engine.h"
#include "ngx_module/module/directives_publish.h"
#include "ngx_module/module/directives_room.h"
#include "ngx_module/module/directives_signalling.h"
#include "ngx_module/module/directives_sound.h"
#include "ngx_module/module/directives_source.h"
#include "ngx_module/module/directives_status.h"
#include "ngx_module/subscriber/handler.h"
#include "ngx_module/subscriber/log.h"
#include "ngx_module/zone/state_file.h"
#include "room/plan.h"
#include "subscriber/request.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kLongestDelay = 3600000;

LocConf* at(void* conf)
{
    return static_cast<LocConf*>(conf);
}

MainConf* use(ngx_conf_t* cf)
{
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    main->used = 1;
    return main;
}

// Gives a location its handler; a location has one purpose.
bool set_purpose(Params& params, LocConf* conf, Purpose purpose,
                 ngx_http_handler_pt handler)
{
    if (conf->purpose != Purpose::kNone) {
        params.say_taken(conf->purpose == purpose);
        return false;
    }
    use(params.cf());
    return params.distinct() && take_location(params, conf, purpose, handler);
}

bool is_ring(Params& params, size_t size)
{
    if (size > sound::kMostRing) {
        params.invalid();
    }
    return size <= sound::kMostRing;
}

// One parameter of a zone; false after having said what is wrong.
bool set_of_zone(Params& params, ZoneConf* zone)
{
    if (params.is("stations")) {
        return params.number(&zone->stations, 1, 65535);
    }
    if (params.is("history")) {
        return params.number(&zone->history, 0, 50);
    }
    if (params.is("sound")) {
        return params.size(&zone->sound, sound::kLeastRing) &&
               is_ring(params, zone->sound);
    }
    if (params.is("rooms")) {
        return params.number(&zone->rooms.rooms, 1, room::kMostRooms);
    }
    if (params.is("room_history")) {
        return params.size(&zone->rooms.history, room::kLeastHistory);
    }
    if (params.is("ring")) {
        return params.size(&zone->rooms.ring, room::kLeastRing);
    }
    if (params.is("share")) {
        return set_share(params, zone);
    }
    // The zone's name is to be that of a file.
    if (params.is("state") && !params.value().empty() &&
        view(zone->name).find('/') == std::string_view::npos) {
        return set_state_path(params.cf(), zone, params.value());
    }
    params.invalid();
    return false;
}

char* add_zone(ngx_conf_t* cf, ngx_command_t* cmd, void*) noexcept
{
    Params params(cf, cmd);
    if (!params.distinct()) {
        return Params::error();
    }
    params.next();
    std::string_view text = params.text();
    size_t colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos) {
        return params.invalid();
    }
    ngx_str_t size_text = str(text.substr(colon + 1));
    ssize_t size = ngx_parse_size(&size_text);
    if (size == NGX_ERROR) {
        return params.invalid();
    }

    use(cf);
    ZoneConf* zone = find_zone(cf, text.substr(0, colon));
    if (zone == nullptr) {
        return Params::error();
    }
    if (zone->defined) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate onair zone \"%V\"",
                           &zone->name);
        return Params::error();
    }
    zone->defined = 1;
    zone->size = static_cast<size_t>(size);

    while (params.next()) {
        if (!set_of_zone(params, zone)) {
            return Params::error();
        }
    }

    size_t least = slot::Zone::least_size(zone->options()) + 2 * ngx_pagesize;
    if (zone->size < least) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "onair zone \"%V\" is too small: it needs at least "
                           "%uzk",
                           &zone->name, (least + 1023) / 1024);
        return Params::error();
    }
    return NGX_CONF_OK;
}

char* set_onair(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (!set_purpose(params, loc, Purpose::kSubscribe, on_subscribe)) {
        return Params::error();
    }

    while (params.next()) {
        if (params.is("zone")) {
            if (!params.zone(&loc->zone)) {
                return Params::error();
            }
        } else if (params.text() == "strict") {
            loc->strict = 1;
        } else if (loc->station == nullptr &&
                   params.text().find('=') == std::string_view::npos) {
            if (!params.station(&loc->station, true)) {
                return Params::error();
            }
        } else {
            return params.invalid();
        }
    }

    if (loc->zone == nullptr) {
        loc->zone = find_zone(cf, kDefaultZone);
    }
    if (loc->station == nullptr && !has_prefix(loc->core)) {
        return params.say("without a station needs a prefix location");
    }
    return loc->zone == nullptr ? Params::error() : NGX_CONF_OK;
}

char* set_echo(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    return set_purpose(params, at(conf), Purpose::kEcho, on_echo)
               ? NGX_CONF_OK
               : Params::error();
}

// For locations that speak for others: which zone, and what of stations that it
// does not know.
char* set_other(ngx_conf_t* cf, ngx_command_t* cmd, LocConf* loc,
                Purpose purpose, ngx_http_handler_pt handler)
{
    Params params(cf, cmd);
    if (!set_purpose(params, loc, purpose, handler)) {
        return Params::error();
    }
    use(cf)->originals = 1;
    while (params.next()) {
        if (params.is("zone")) {
            if (!params.zone(&loc->zone)) {
                return Params::error();
            }
        } else if (params.text() == "strict" && !loc->strict) {
            loc->strict = 1;
        } else {
            return params.invalid();
        }
    }
    if (loc->zone == nullptr) {
        loc->zone = find_zone(cf, kDefaultZone);
    }
    return loc->zone == nullptr ? Params::error() : NGX_CONF_OK;
}

char* set_azuracast(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    return set_other(cf, cmd, at(conf), Purpose::kAzuracast, on_azuracast);
}

char* set_centrifuge(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    if (at(conf)->purpose == Purpose::kRoom) {
        return Params(cf, cmd).say("is to stand before \"onair_room\"");
    }
    use(cf)->converses = 1;
    return set_other(cf, cmd, at(conf), Purpose::kCentrifuge, on_centrifuge);
}

char* set_station(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->of_station != NGX_CONF_UNSET_PTR) {
        return params.say("is duplicate");
    }
    use(cf);
    params.next();
    // An empty name takes back that of the level above.
    bool good = params.text().empty()
                    ? params.complex_value(params.arg(), &loc->of_station)
                    : params.station(&loc->of_station, false);
    if (!good) {
        return Params::error();
    }
    if (params.next() && (!params.is("zone") || !params.zone(&loc->of_zone))) {
        return params.is("zone") ? Params::error() : params.invalid();
    }
    if (loc->of_zone == nullptr) {
        loc->of_zone = find_zone(cf, kDefaultZone);
    }
    return loc->of_zone == nullptr ? Params::error() : NGX_CONF_OK;
}

char* set_drain(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    (void)conf;
    Params params(cf, cmd);
    MainConf* main = use(cf);
    if (main->drain != NGX_CONF_UNSET_MSEC) {
        return params.say("is duplicate");
    }
    params.next();
    params.whole();
    return params.time(&main->drain, 0) ? NGX_CONF_OK : Params::error();
}

char* set_delay(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->delay_at.line != 0) {
        return params.say("is duplicate");
    }
    loc->delay_at = written_at(cf);
    params.next();
    if (params.text() != "auto") {
        params.whole();
        if (!params.time(&loc->delay, 0, kLongestDelay)) {
            return Params::error();
        }
        return params.next() ? params.invalid() : NGX_CONF_OK;
    }
    loc->delay_auto = 1;
    loc->delay_burst = 65535;  // Icecast's burst-size
    if (params.next()) {
        if (!params.is("burst")) {
            return params.invalid();
        }
        if (!params.size(&loc->delay_burst, 1)) {
            return Params::error();
        }
    }
    return NGX_CONF_OK;
}

char* set_format(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->form_set) {
        return params.say("is duplicate");
    }
    params.next();
    Result<encoder::Form> form = encoder::form_of(params.text());
    if (!form.ok()) {
        return params.invalid();
    }
    loc->form = *form;
    loc->form_set = 1;
    return NGX_CONF_OK;
}

constexpr ngx_uint_t kAnywhere =
    NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF;

}  // namespace

ngx_command_t directives[] = {

    {ngx_string("onair_zone"), NGX_HTTP_MAIN_CONF | NGX_CONF_1MORE, add_zone, 0,
     0, nullptr},

    {ngx_string("onair_redis"), NGX_HTTP_MAIN_CONF | NGX_CONF_1MORE, set_redis,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_poll"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY, set_poll,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_feed"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY, set_feed,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_pull"), NGX_HTTP_LOC_CONF | NGX_CONF_1MORE, set_pull,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair"),
     NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE123, set_onair,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_publish"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY, set_publish,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_listen"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY, set_listen,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_status"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS,
     set_status, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_health"),
     NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE12, set_health,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_azuracast"),
     NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE12, set_azuracast,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_centrifuge"),
     NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE12, set_centrifuge,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_room"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY, set_room,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_room_control"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY,
     set_room_control, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_danmaku"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY, set_danmaku,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_member"), kAnywhere | NGX_CONF_1MORE, set_member,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_signalling"), NGX_HTTP_LOC_CONF | NGX_CONF_1MORE,
     set_signalling, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_peerjs"), NGX_HTTP_LOC_CONF | NGX_CONF_ANY, set_peerjs,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_yjs"),
     NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS | NGX_CONF_TAKE12, set_yjs,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_turn"), kAnywhere | NGX_CONF_1MORE, set_turn,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_echo"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, set_echo,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_station"), kAnywhere | NGX_CONF_TAKE12, set_station,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_format"), kAnywhere | NGX_CONF_TAKE1, set_format,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_deflate"), kAnywhere | NGX_CONF_FLAG,
     ngx_conf_set_flag_slot, NGX_HTTP_LOC_CONF_OFFSET,
     offsetof(LocConf, deflate), nullptr},

    {ngx_string("onair_heartbeat"), kAnywhere | NGX_CONF_TAKE12, set_heartbeat,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_origin"), kAnywhere | NGX_CONF_1MORE, set_origin,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_max_message"), kAnywhere | NGX_CONF_TAKE1,
     set_max_message, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_message_rate"), kAnywhere | NGX_CONF_TAKE12,
     set_message_rate, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_connections"), kAnywhere | NGX_CONF_TAKE12,
     set_connections, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_drain"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, set_drain,
     NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_delay"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE12, set_delay,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    {ngx_string("onair_log"), kAnywhere | NGX_CONF_TAKE1, set_log,
     NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},

    ngx_null_command};

}  // namespace onair::ngx
