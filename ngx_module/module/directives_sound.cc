#include "ngx_module/module/directives_sound.h"

#include "ngx_module/base/pool.h"
#include "ngx_module/conf/params.h"
#include "ngx_module/module/directives_source.h"
#include "ngx_module/sound/handler.h"
#include "sound/icy.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kSilenceMs = 10000;
constexpr ngx_msec_t kDemandMs = 30000;
// What polls and publishers say of a station comes first.
constexpr ngx_uint_t kLastPriority = 9;
constexpr ngx_msec_t kBurstMs = 4000;
constexpr ngx_msec_t kMostBurstMs = 60000;
constexpr ngx_msec_t kQuantumMs = 250;
constexpr ngx_msec_t kMostQuantumMs = 5000;
// A browser takes so long to begin.
constexpr ngx_msec_t kBeginMs = 400;
constexpr ngx_uint_t kMetaint = 8000;
constexpr ngx_uint_t kLeastMetaint = 256;

bool set_kind(Params& params, PullConf* pull)
{
    if (params.value() == "auto") {
        return true;
    }
    std::optional<sound::Kind> kind = sound::kind_of(params.value());
    if (!kind) {
        params.invalid();
        return false;
    }
    pull->has_kind = 1;
    pull->kind = *kind;
    return true;
}

bool set_demand(Params& params, PullConf* pull)
{
    if (params.value() == "off") {
        pull->always = 1;
        return true;
    }
    return params.time(&pull->demand, 0);
}

bool read_pull_param(Params& params, PollConf* poll)
{
    if (params.is("zone")) {
        return params.zone(&poll->zone);
    }
    if (params.is("station")) {
        return params.station_name(&poll->station);
    }
    if (params.is("type")) {
        return set_kind(params, poll->pull);
    }
    if (params.is("demand")) {
        return set_demand(params, poll->pull);
    }
    if (params.is("listeners")) {
        return params.flag(&poll->pull->counts);
    }
    if (params.is("timeout")) {
        return params.time(&poll->timeout, 1000);
    }
    if (params.is("priority")) {
        return params.number(&poll->priority, 0, 9);
    }
    params.invalid();
    return false;
}

bool read_listen_param(Params& params, LocConf* loc)
{
    if (params.is("zone")) {
        return params.zone(&loc->zone);
    }
    if (params.is("burst")) {
        return params.time(&loc->listen_burst, 0, kMostBurstMs);
    }
    if (params.is("quantum")) {
        return params.time(&loc->listen_quantum, kQuantumMs, kMostQuantumMs);
    }
    if (params.is("metaint")) {
        return params.number(&loc->listen_metaint, kLeastMetaint,
                             sound::kMostMetaint);
    }
    if (loc->station == nullptr &&
        params.text().find('=') == std::string_view::npos) {
        return params.station(&loc->station, false);
    }
    params.invalid();
    return false;
}

}  // namespace

char* set_pull(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->poll != nullptr) {
        return params.say(loc->poll->pull != nullptr
                              ? "is duplicate"
                              : "stands beside \"onair_poll\" or "
                                "\"onair_feed\"");
    }
    PollConf* poll = make_poll(params);
    auto* pull = zeroed<PullConf>(cf->pool);
    if (poll == nullptr || pull == nullptr) {
        return Params::error();
    }
    poll->pull = pull;
    poll->timeout = kSilenceMs;
    pull->demand = kDemandMs;
    poll->priority = kLastPriority;
    while (params.next()) {
        if (!read_pull_param(params, poll)) {
            return Params::error();
        }
    }
    if (poll->station.len == 0) {
        return params.say("needs \"station=\"");
    }
    pull->station = poll->station;
    if (!add_poll(cf, poll)) {
        return Params::error();
    }
    loc->poll = poll;
    return NGX_CONF_OK;
}

char* set_listen(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->purpose != Purpose::kNone) {
        return params.say_taken(loc->purpose == Purpose::kListen);
    }
    if (!params.distinct() ||
        !take_location(params, loc, Purpose::kListen, on_listen)) {
        return Params::error();
    }
    loc->listen_burst = kBurstMs;
    loc->listen_quantum = kQuantumMs;
    loc->listen_metaint = kMetaint;
    while (params.next()) {
        if (!read_listen_param(params, loc)) {
            return Params::error();
        }
    }
    if (loc->zone == nullptr) {
        loc->zone = find_zone(cf, kDefaultZone);
    }
    if (loc->zone == nullptr) {
        return Params::error();
    }
    ngx_msec_t lag = loc->listen_burst + loc->listen_quantum / 2 + kBeginMs;
    loc->zone->sound_lag = ngx_max(loc->zone->sound_lag, lag);
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    main->used = 1;
    return NGX_CONF_OK;
}

}  // namespace onair::ngx
