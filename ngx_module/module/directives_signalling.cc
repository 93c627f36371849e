#include "ngx_module/module/directives_signalling.h"

#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/params.h"
#include "ngx_module/signalling/handler.h"
#include "signalling/turn.h"
#include "subscriber/field.h"

namespace onair::ngx {

namespace {

constexpr size_t kLongestRoom = 128;
constexpr ngx_uint_t kMostUris = 16;
constexpr ngx_msec_t kLongestHold = 60000;

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

bool read_room(Params& params, ngx_str_t* room)
{
    std::string_view name = params.value();
    if (name.empty() || name.size() > kLongestRoom) {
        params.invalid();
        return false;
    }
    *room = str(name);
    return true;
}

// The location's server; nullptr after having said what is wrong.
SignallingConf* begin(Params& params, LocConf* loc, Purpose purpose,
                      ngx_http_handler_pt handler)
{
    if (loc->purpose != Purpose::kNone) {
        params.say_taken(loc->purpose == purpose);
        return nullptr;
    }
    use(params.cf())->signals = 1;
    if (!params.distinct() || !take_location(params, loc, purpose, handler)) {
        return nullptr;
    }
    auto* made = zeroed<SignallingConf>(params.cf()->pool);
    if (made != nullptr) {
        made->room = str("signalling");
        made->session = 10000;
        made->hold = 5000;
        made->key = str("peerjs");
        loc->signalling = made;
    }
    return made;
}

char* end(ngx_conf_t* cf, LocConf* loc)
{
    if (loc->zone == nullptr) {
        loc->zone = find_zone(cf, kDefaultZone);
    }
    return loc->zone == nullptr ? Params::error() : NGX_CONF_OK;
}

// What all three take: false after having said what is wrong.
bool read_common(Params& params, LocConf* loc)
{
    if (params.is("room")) {
        return read_room(params, &loc->signalling->room);
    }
    if (params.is("zone")) {
        return params.zone(&loc->zone);
    }
    params.invalid();
    return false;
}

}  // namespace

char* set_signalling(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    SignallingConf* made =
        begin(params, at(conf), Purpose::kSignalling, on_signalling);
    if (made == nullptr) {
        return Params::error();
    }
    made->hold = 0;
    params.next();
    made->is_private = params.text() == "private" ? 1 : 0;
    if (!made->is_private && params.text() != "public") {
        return params.invalid();
    }
    while (params.next()) {
        bool good = true;
        if (params.text() == "polling") {
            made->polls = 1;
        } else if (params.is("session")) {
            good = params.time(&made->session, 1000);
        } else if (params.is("hold")) {
            good = params.time(&made->hold, 0, kLongestHold);
        } else {
            good = read_common(params, at(conf));
        }
        if (!good) {
            return Params::error();
        }
    }
    return end(cf, at(conf));
}

char* set_peerjs(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    SignallingConf* made = begin(params, loc, Purpose::kPeerJs, on_peerjs);
    if (made == nullptr) {
        return Params::error();
    }
    while (params.next()) {
        bool good = true;
        if (params.is("key")) {
            made->key = str(params.value());
            if (params.value().empty()) {
                return params.invalid();
            }
        } else if (params.is("hold")) {
            good = params.time(&made->hold, 0, kLongestHold);
        } else {
            good = read_common(params, loc);
        }
        if (!good) {
            return Params::error();
        }
    }
    return end(cf, loc);
}

char* set_yjs(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (begin(params, loc, Purpose::kYjs, on_yjs) == nullptr) {
        return Params::error();
    }
    while (params.next()) {
        if (!read_common(params, loc)) {
            return Params::error();
        }
    }
    return end(cf, loc);
}

namespace {

bool add_uris(Params& params, TurnConf* turn)
{
    subscriber::Parts parts(params.value(), ',');
    for (std::string_view uri; parts.next(&uri);) {
        if (!signalling::is_turn_uri(uri) || turn->uris_count == kMostUris) {
            params.invalid();
            return false;
        }
        turn->uris[turn->uris_count++] = uri;
    }
    if (turn->uris_count == 0) {
        params.invalid();
    }
    return turn->uris_count != 0;
}

bool read_turn(Params& params, TurnConf* turn)
{
    if (params.is("secret") && !params.value().empty()) {
        turn->secret = str(params.value());
        return true;
    }
    if (params.is("uris")) {
        return add_uris(params, turn);
    }
    if (params.is("lasts")) {
        return params.time(&turn->lasts, 60000);
    }
    if (params.is("user")) {
        return params.complex_value(str(params.value()), &turn->user);
    }
    params.invalid();
    return false;
}

// Those of the list need a secret, unless all of them are STUN's.
bool needs_secret(const TurnConf* turn)
{
    for (ngx_uint_t i = 0; i < turn->uris_count; i++) {
        if (turn->uris[i].starts_with("turn")) {
            return turn->secret.len == 0;
        }
    }
    return false;
}

}  // namespace

char* set_turn(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    LocConf* loc = at(conf);
    if (loc->turn != NGX_CONF_UNSET_PTR) {
        return params.say("is duplicate");
    }
    use(cf);
    loc->turn = zeroed<TurnConf>(cf->pool);
    auto* uris = static_cast<std::string_view*>(
        ngx_pcalloc(cf->pool, kMostUris * sizeof(std::string_view)));
    if (loc->turn == nullptr || uris == nullptr || !params.distinct()) {
        return Params::error();
    }
    loc->turn->uris = uris;
    loc->turn->lasts = 86400000;
    while (params.next()) {
        if (!read_turn(params, loc->turn)) {
            return Params::error();
        }
    }
    if (loc->turn->uris_count == 0) {
        return params.say("needs \"uris\"");
    }
    return needs_secret(loc->turn) ? params.say("needs a \"secret\"")
                                   : NGX_CONF_OK;
}

}  // namespace onair::ngx
