#include "ngx_module/module/directives_room.h"

#include "base/utf8.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/conf/params.h"
#include "ngx_module/control/handler.h"
#include "ngx_module/danmaku/handler.h"
#include "ngx_module/module/directives_publish.h"
#include "ngx_module/room/handler.h"
#include "room/command.h"

namespace onair::ngx {

namespace {

constexpr ngx_uint_t kMostHistory = 1000;
constexpr ngx_uint_t kMostMembers = 10000000;
constexpr ngx_uint_t kMostShown = 65535;
constexpr ngx_msec_t kLongestWindow = 10000;
constexpr size_t kLongestReaction = 32;

MainConf* main_of(ngx_conf_t* cf)
{
    auto* main = static_cast<MainConf*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_onair_module));
    main->used = 1;
    return main;
}

RoomConf* new_room(ngx_conf_t* cf)
{
    auto* room = zeroed<RoomConf>(cf->pool);
    auto* reactions = static_cast<std::string_view*>(
        ngx_pcalloc(cf->pool, room::kMostReactions * sizeof(std::string_view)));
    if (room == nullptr || reactions == nullptr) {
        return nullptr;
    }
    room->history = 50;
    room->window = NGX_CONF_UNSET_MSEC;
    room->show = 100;
    room->hold = 60000;
    room->reactions = reactions;
    return room;
}

bool good_reaction(std::string_view word)
{
    bool good =
        !word.empty() && word.size() <= kLongestReaction && is_utf8(word);
    for (char c : word) {
        auto byte = static_cast<uint8_t>(c);
        good = good && byte > 0x20 && byte != 0x7f;
    }
    return good;
}

// like,heart,clap
bool set_reactions(Params& params, RoomConf* room)
{
    std::string_view list = params.value();
    for (;;) {
        size_t comma = list.find(',');
        std::string_view word = list.substr(0, comma);
        bool twice = false;
        for (ngx_uint_t i = 0; i < room->reactions_count; i++) {
            twice = twice || room->reactions[i] == word;
        }
        if (twice || !good_reaction(word) ||
            room->reactions_count == room::kMostReactions) {
            params.invalid();
            return false;
        }
        room->reactions[room->reactions_count++] = word;
        if (comma == std::string_view::npos) {
            return true;
        }
        list.remove_prefix(comma + 1);
    }
}

// N/s or off
bool set_show(Params& params, RoomConf* room)
{
    std::string_view text = params.value();
    if (text == "off") {
        room->show = 0;
        return true;
    }
    bool good = text.size() > 2 && text.ends_with("/s");
    ngx_str_t digits = str(text.substr(0, good ? text.size() - 2 : 0));
    ngx_int_t number = ngx_atoi(digits.data, digits.len);
    if (!good || number == NGX_ERROR || number == 0 ||
        static_cast<ngx_uint_t>(number) > kMostShown) {
        params.invalid();
        return false;
    }
    room->show = static_cast<ngx_uint_t>(number);
    return true;
}

bool set_window(Params& params, RoomConf* room)
{
    if (params.value() == "auto") {
        room->window = NGX_CONF_UNSET_MSEC;
        return true;
    }
    return params.time(&room->window, 0, kLongestWindow);
}

bool set_names(Params& params, RoomConf* room)
{
    room->given_names = params.value() == "given";
    if (!room->given_names && params.value() != "free") {
        params.invalid();
        return false;
    }
    return true;
}

bool set_list(Params& params, RoomConf* room)
{
    bool on = true;
    bool good = params.flag(&on);
    room->unlisted = !on;
    return good;
}

// Reads one parameter of the form NAME=VALUE; false after having said what
// is wrong.
bool set_one(Params& params, LocConf* loc)
{
    RoomConf* room = loc->room;
    if (params.is("zone")) {
        return params.zone(&loc->zone);
    }
    if (params.is("history")) {
        return params.number(&room->history, 0, kMostHistory);
    }
    if (params.is("members")) {
        return params.number(&room->members, 1, kMostMembers);
    }
    if (params.is("window")) {
        return set_window(params, room);
    }
    if (params.is("show")) {
        return set_show(params, room);
    }
    if (params.is("slow")) {
        return params.time(&room->slow, 0, room::kLongestSlowMs);
    }
    if (params.is("reactions")) {
        return set_reactions(params, room);
    }
    if (params.is("names")) {
        return set_names(params, room);
    }
    if (params.is("list")) {
        return set_list(params, room);
    }
    if (params.is("hold")) {
        return params.time(&room->hold, 1000, 86400000);
    }
    params.invalid();
    return false;
}

bool set_of_danmaku(Params& params, LocConf* loc)
{
    RoomConf* room = loc->room;
    if (params.is("zone")) {
        return params.zone(&loc->zone);
    }
    if (params.is("history")) {
        return params.number(&room->history, 0, kMostHistory);
    }
    if (params.is("slow")) {
        return params.time(&room->slow, 0, room::kLongestSlowMs);
    }
    if (params.is("names")) {
        return set_names(params, room);
    }
    params.invalid();
    return false;
}

// Its zone is to have rooms.
bool use_zone(ngx_conf_t* cf, LocConf* loc)
{
    if (loc->zone == nullptr) {
        loc->zone = find_zone(cf, kDefaultZone);
    }
    if (loc->zone == nullptr) {
        return false;
    }
    loc->zone->has_rooms = 1;
    loc->zone->room_hold = ngx_max(loc->zone->room_hold, loc->room->hold);
    return true;
}

bool add_to_zone(ngx_conf_t* cf, LocConf* loc)
{
    auto** place = static_cast<LocConf**>(ngx_array_push(&main_of(cf)->rooms));
    if (place == nullptr) {
        return false;
    }
    *place = loc;
    return use_zone(cf, loc);
}

// The room, or one of the parameters that `set` takes.
template <typename Set>
bool read_params(Params& params, LocConf* loc, Set set)
{
    while (params.next()) {
        bool named = params.text().find('=') != std::string_view::npos;
        bool good = named || loc->room->name != nullptr
                        ? set()
                        : params.station(&loc->room->name, false);
        if (!good) {
            return false;
        }
    }
    return true;
}

}  // namespace

char* set_room_control(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->purpose != Purpose::kNone) {
        return params.say_taken(loc->purpose == Purpose::kRoomControl);
    }
    main_of(cf);
    loc->room = new_room(cf);
    loc->control = zeroed<AccessConf>(cf->pool);
    if (loc->room == nullptr || loc->control == nullptr ||
        !init_access(cf, loc->control) || !params.distinct() ||
        !take_location(params, loc, Purpose::kRoomControl, on_room_control)) {
        return Params::error();
    }
    bool good = read_params(params, loc, [&params, loc] {
        bool right = true;
        if (params.is("zone")) {
            return params.zone(&loc->zone);
        }
        if (!set_access(params, loc->control, &right)) {
            params.invalid();
            return false;
        }
        return right;
    });
    if (!good) {
        return Params::error();
    }
    if (loc->room->name == nullptr && !has_prefix(loc->core)) {
        return params.say("without a room needs a prefix location");
    }
    return use_zone(cf, loc) ? NGX_CONF_OK : Params::error();
}

char* set_danmaku(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->purpose != Purpose::kNone) {
        return params.say_taken(loc->purpose == Purpose::kDanmaku);
    }
    main_of(cf);
    loc->room = new_room(cf);
    if (loc->room == nullptr || !params.distinct() ||
        !take_location(params, loc, Purpose::kDanmaku, on_danmaku)) {
        return Params::error();
    }
    loc->room->history = kMostHistory;
    bool good = read_params(
        params, loc, [&params, loc] { return set_of_danmaku(params, loc); });
    if (!good) {
        return Params::error();
    }
    if (loc->room->name == nullptr && !has_prefix(loc->core)) {
        return params.say("without a room needs a prefix location");
    }
    return use_zone(cf, loc) ? NGX_CONF_OK : Params::error();
}

char* set_room(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    // Clients of Centrifugo enter rooms by channels.
    bool beside = loc->purpose == Purpose::kCentrifuge;
    if ((loc->purpose != Purpose::kNone && !beside) || loc->room != nullptr) {
        return params.say_taken(loc->room != nullptr);
    }
    const ZoneConf* zone = loc->zone;
    main_of(cf);
    loc->room = new_room(cf);
    if (loc->room == nullptr || !params.distinct() ||
        (!beside && !take_location(params, loc, Purpose::kRoom, on_room))) {
        return Params::error();
    }
    if (!read_params(params, loc,
                     [&params, loc] { return set_one(params, loc); })) {
        return Params::error();
    }
    if (beside && loc->zone != zone) {
        return params.say("has another zone than \"onair_centrifuge\"");
    }
    if (loc->room->name == nullptr && !beside && !has_prefix(loc->core)) {
        return params.say("without a room needs a prefix location");
    }
    return add_to_zone(cf, loc) ? NGX_CONF_OK : Params::error();
}

char* set_member(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept
{
    Params params(cf, cmd);
    auto* loc = static_cast<LocConf*>(conf);
    if (loc->member != NGX_CONF_UNSET_PTR) {
        return params.say("is duplicate");
    }
    if (!params.distinct()) {
        return Params::error();
    }
    main_of(cf);
    loc->member = nullptr;
    params.next();
    if (params.text() == "off") {
        return params.next() ? params.invalid() : NGX_CONF_OK;
    }
    loc->member = zeroed<MemberConf>(cf->pool);
    if (loc->member == nullptr) {
        return Params::error();
    }
    do {
        ngx_http_complex_value_t** value =
            params.is("id")     ? &loc->member->id
            : params.is("name") ? &loc->member->name
            : params.is("role") ? &loc->member->role
                                : nullptr;
        if (value == nullptr || params.value().empty()) {
            return params.invalid();
        }
        if (!params.complex_value(str(params.value()), value)) {
            return Params::error();
        }
    } while (params.next());
    return loc->member->id != nullptr ? NGX_CONF_OK
                                      : params.say("needs \"id\"");
}

}  // namespace onair::ngx
