#include "ngx_module/module/directives_source.h"

#include <algorithm>

#include "base/bytes.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/conf/params.h"
#include "slot/polls.h"
#include "source/mount_watch.h"
#include "subscriber/station_list.h"

namespace onair::ngx {

bool is_repair(Params& params, source::Repair* repair, bool* good)
{
    bool* flag = params.is("entities")       ? &repair->entities
                 : params.is("double_utf8")  ? &repair->double_utf8
                 : params.is("invisible")    ? &repair->invisible
                 : params.is("split")        ? &repair->split
                 : params.is("placeholders") ? &repair->placeholders
                                             : nullptr;
    if (flag == nullptr) {
        return false;
    }
    *good = params.flag(flag);
    return true;
}

namespace {

MainConf* main_of(ngx_conf_t* cf)
{
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    main->used = 1;
    return main;
}

// The location's own URI, which is what nginx asks; named and regular
// expression locations have none.
bool set_location(Params& params, PollConf* poll)
{
    ngx_conf_t* cf = params.cf();
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    if (!has_prefix(core)) {
        params.say("needs a location that is given by its URI");
        return false;
    }
    poll->location = core->name;
    poll->ctx = static_cast<ngx_http_conf_ctx_t*>(cf->ctx);
    poll->file = cf->conf_file->file.name;
    poll->line = cf->conf_file->line;
    return true;
}

bool too_many(const MainConf* main, const PollConf* poll)
{
    size_t count = 0;
    auto** polls = static_cast<PollConf**>(main->polls.elts);
    for (ngx_uint_t i = 0; i < main->polls.nelts; i++) {
        count += polls[i]->zone == poll->zone;
    }
    return count >= slot::kMaxPolls;
}

bool is_path(Params& params, source::Paths* paths, bool* good)
{
    for (const source::PathField& field : source::kPathFields) {
        if (!params.is(field.word)) {
            continue;
        }
        *good =
            !params.value().empty() && source::check_path(params.value()).ok();
        if (!*good) {
            params.invalid();
        }
        paths->*field.path = params.value();
        return true;
    }
    return false;
}

bool is_time(Params& params, PollConf* poll, bool* good)
{
    ngx_msec_t* time = nullptr;
    ngx_msec_t least = 0;
    if (params.is("interval")) {
        time = &poll->interval;
        least = 100;
    } else if (params.is("timeout")) {
        time = &poll->timeout;
        least = 100;
    } else if (params.is("idle")) {
        time = &poll->idle;
    } else if (params.is("stale")) {
        time = &poll->stale;
        least = 100;
    } else if (params.is("offline")) {
        time = &poll->offline;
        least = 100;
    } else if (params.is("hold")) {
        time = &poll->hold;
    } else if (params.is("delay")) {
        time = &poll->delay;
    } else {
        return false;
    }
    *good = params.time(time, least);
    return true;
}

bool set_type(Params& params, PollConf* poll)
{
    Result<source::Format> format = source::format_of(params.value());
    if (!format.ok()) {
        params.invalid();
        return false;
    }
    poll->source.format = *format;
    return true;
}

// A list with commas, or "*".
bool set_mounts(Params& params, PollConf* poll)
{
    auto* mounts = static_cast<std::string_view*>(ngx_palloc(
        params.cf()->pool, source::kMostMounts * sizeof(std::string_view)));
    if (mounts == nullptr) {
        return false;
    }
    size_t count = 0;
    for (std::string_view rest = params.value();;) {
        std::string_view mount = rest.substr(0, rest.find(','));
        bool again = std::find(mounts, mounts + count, mount) != mounts + count;
        if (count == source::kMostMounts || again ||
            !subscriber::check_name(mount).ok() ||
            (mount == "*" && params.value() != "*")) {
            params.invalid();
            return false;
        }
        mounts[count++] = mount;
        if (mount.size() == rest.size()) {
            break;
        }
        rest.remove_prefix(mount.size() + 1);
    }
    poll->mounts = mounts;
    poll->mounts_count = count;
    return true;
}

// The set that the whole answer is in: what iconv here does not have is not
// known.
bool set_charset(Params& params, PollConf* poll)
{
    std::optional<source::Charset> charset = source::charset_of(params.value());
    if (params.value().empty() || !charset) {
        params.invalid();
        return false;
    }
    poll->source.charset = *charset;
    return true;
}

// One parameter of onair_poll.
bool read_poll_param(Params& params, PollConf* poll)
{
    bool good = true;
    if (params.is("zone")) {
        return params.zone(&poll->zone);
    }
    if (params.is("station")) {
        return params.station_name(&poll->station);
    }
    if (params.is("mounts")) {
        return set_mounts(params, poll);
    }
    if (params.is("type")) {
        return set_type(params, poll);
    }
    if (params.is("charset")) {
        return set_charset(params, poll);
    }
    if (params.is("priority")) {
        return params.number(&poll->priority, 0, 9);
    }
    if (params.is("max_body")) {
        return params.size(&poll->max_body, 1024);
    }
    if (params.is("max_stations")) {
        ngx_uint_t most = 0;
        good = params.number(&most, 1, 65535);
        poll->source.max_stations = most;
        return good;
    }
    if (is_time(params, poll, &good) ||
        is_repair(params, &poll->source.repair, &good) ||
        is_path(params, &poll->source.paths, &good)) {
        return good;
    }
    params.invalid();
    return false;
}

PollConf* new_poll(ngx_conf_t* cf)
{
    void* at = ngx_pcalloc(cf->pool, sizeof(PollConf));
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh pool memory; a PollConf needs no destructor.
    auto* poll = new (at) PollConf();
    poll->source.max_stations = 0;
    source::open_charsets();
    poll->interval = NGX_CONF_UNSET_MSEC;
    poll->timeout = 3000;
    poll->idle = NGX_CONF_UNSET_MSEC;
    poll->stale = NGX_CONF_UNSET_MSEC;
    poll->offline = NGX_CONF_UNSET_MSEC;
    poll->hold = 10000;
    poll->max_body = size_t{1024} * 1024;
    return poll;
}

}  // namespace

PollConf* make_poll(Params& params)
{
    PollConf* poll = new_poll(params.cf());
    bool good =
        poll != nullptr && set_location(params, poll) && params.distinct();
    return good ? poll : nullptr;
}

bool add_poll(ngx_conf_t* cf, PollConf* poll)
{
    MainConf* main = main_of(cf);
    if (poll->zone == nullptr) {
        poll->zone = find_zone(cf, kDefaultZone);
    }
    if (poll->zone == nullptr) {
        return false;
    }
    if (too_many(main, poll)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "onair zone \"%V\" has more than %uz poll locations",
                           &poll->zone->name, slot::kMaxPolls);
        return false;
    }
    auto** place = static_cast<PollConf**>(ngx_array_push(&main->polls));
    if (place == nullptr) {
        return false;
    }
    *place = poll;
    return true;
}

namespace {

// What a format's server bears; see docs/sources.md.
ngx_msec_t usual_interval(source::Format format)
{
    switch (format) {
        case source::Format::kAzuracast:
        case source::Format::kLibretime:
        case source::Format::kRadioco:
            return 10000;
        default:
            return 2000;
    }
}

bool any_path(const source::Paths& paths)
{
    for (const source::PathField& field : source::kPathFields) {
        if (!(paths.*field.path).empty()) {
            return true;
        }
    }
    return false;
}

bool paths_differ(Params& params, const source::Paths& paths)
{
    for (const source::PathField& a : source::kPathFields) {
        for (const source::PathField& b : source::kPathFields) {
            if (&a < &b && !(paths.*a.path).empty() &&
                paths.*a.path == paths.*b.path) {
                params.say("gives the same path to two values");
                return false;
            }
        }
    }
    return true;
}

// Paths are for type=json, and that is for paths.
bool paths_fit(Params& params, const source::Options& source)
{
    bool any = any_path(source.paths);
    bool json = source.format == source::Format::kJson;
    if (any && !json) {
        params.say("has paths without \"type=json\"");
    } else if (json && !any) {
        params.say("has \"type=json\" without a path");
    }
    return any == json && paths_differ(params, source.paths);
}

// Without a name each answer would be refused.
bool has_name(Params& params, const PollConf* poll)
{
    source::Format format = poll->source.format;
    bool named = format == source::Format::kJson
                     ? !poll->source.paths.station.empty()
                     : source::names_stations(format);
    if (poll->station.len > 0 || named) {
        return true;
    }
    params.say("needs \"station=\" with a type that names no station");
    return false;
}

// Several mounts are one station: this one.
bool mounts_fit(Params& params, const PollConf* poll)
{
    if (poll->mounts_count == 0) {
        return true;
    }
    if (poll->station.len == 0) {
        params.say("has \"mounts\" without \"station=\"");
        return false;
    }
    if (source::has_one_station(poll->source.format)) {
        params.say("has \"mounts\" with a type that tells of one station");
        return false;
    }
    return true;
}

bool switched_off(const source::Repair& repair)
{
    return !(repair.entities && repair.double_utf8 && repair.invisible &&
             repair.split && repair.placeholders);
}

// Tells of what can do nothing here.
void warn_of_idle(Params& params, const PollConf* poll)
{
    const source::Options& source = poll->source;
    const source::Paths& paths = source.paths;
    if (poll->idle != NGX_CONF_UNSET_MSEC && poll->idle != 0 &&
        poll->idle <= poll->interval) {
        params.warn(
            "has an \"idle\" that is not longer than \"interval\": "
            "it does nothing");
    }
    if (source.max_stations != 0 && source::has_one_station(source.format)) {
        params.warn(
            "has \"max_stations\" with a type that tells of one "
            "station: it does nothing");
    }
    if (source.format == source::Format::kOnair &&
        switched_off(source.repair)) {
        params.warn(
            "switches repairs off that \"type=onair\" has none of: "
            "the other onair made them");
    }
    if (source.format == source::Format::kShoutcast1 &&
        !source.repair.entities) {
        params.warn(
            "has \"entities=off\", which does nothing with "
            "\"type=shoutcast1\": that server escapes all titles");
    }
    bool track =
        !(paths.album.empty() && paths.art.empty() && paths.url.empty() &&
          paths.started.empty() && paths.duration.empty());
    if (track && paths.text.empty() && paths.artist.empty() &&
        paths.title.empty()) {
        params.warn(
            "has paths that do nothing without one of \"text\", "
            "\"artist\" and \"title\"");
    }
}

void set_defaults(PollConf* poll)
{
    // A server of one's own bears its polls; only hosted ones are spared.
    bool hosted = usual_interval(poll->source.format) > 2000;
    ngx_conf_init_msec_value(poll->idle,
                             hosted ? ngx_max(30000u, poll->interval) : 0);
    ngx_conf_init_msec_value(
        poll->stale,
        ngx_min(ngx_max(15000u, 3 * poll->interval), kLongestTime));
    ngx_conf_init_msec_value(
        poll->offline,
        ngx_min(ngx_max(120000u, 2 * poll->stale), kLongestTime));
    if (poll->source.max_stations == 0) {
        poll->source.max_stations = 1024;
    }
}

}  // namespace

char* set_poll(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->poll != nullptr) {
        return params.say("is duplicate");
    }
    PollConf* poll = make_poll(params);
    if (poll == nullptr) {
        return Params::error();
    }
    while (params.next()) {
        if (!read_poll_param(params, poll)) {
            return Params::error();
        }
    }
    if (!paths_fit(params, poll->source) || !has_name(params, poll) ||
        !mounts_fit(params, poll)) {
        return Params::error();
    }
    poll->source.station = view(poll->station);
    poll->source.mounts = {poll->mounts, poll->mounts_count};
    ngx_conf_init_msec_value(poll->interval,
                             usual_interval(poll->source.format));
    warn_of_idle(params, poll);
    set_defaults(poll);
    if (poll->offline < poll->stale) {
        return params.say("has an \"offline\" that is shorter than \"stale\"");
    }
    if (!add_poll(cf, poll)) {
        return Params::error();
    }
    if (poll->idle > poll->interval) {
        poll->zone->slows = 1;
    }
    loc->poll = poll;
    return NGX_CONF_OK;
}

char* set_feed(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->poll != nullptr) {
        return params.say("stands beside \"onair_poll\" or is duplicate");
    }
    PollConf* poll = make_poll(params);
    if (poll == nullptr) {
        return Params::error();
    }
    poll->feed = 1;
    poll->timeout = 0;
    while (params.next()) {
        bool good;
        if (params.is("zone")) {
            good = params.zone(&poll->zone);
        } else if (params.is("of")) {
            poll->feed_of = str(params.value());
            good = !params.value().empty();
            if (!good) {
                params.invalid();
            }
        } else if (params.is("timeout")) {
            good = params.time(&poll->timeout, 1000);
        } else {
            return params.invalid();
        }
        if (!good) {
            return Params::error();
        }
    }
    if (!add_poll(cf, poll)) {
        return Params::error();
    }
    loc->poll = poll;
    return NGX_CONF_OK;
}

}  // namespace onair::ngx
