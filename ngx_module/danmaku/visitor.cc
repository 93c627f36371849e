#include "ngx_module/danmaku/visitor.h"

#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/text.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/identity.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "room/name.h"
#include "room/token.h"

namespace onair::ngx {

namespace {

using room::Refusal;
using room::Verdict;

// Who it is that speaks, and how he gets in if he is not there.
struct Who {
    std::string_view id;
    std::string_view token;  // of the id, where that is not the operator's
    bool by_token = false;   // the page's: a member, with the role that it has
};

// The same for all that come from this address while the zone lives, and
// nothing from which the address could be guessed.
Who visitor(room::Secret secret, const Visit& visit, Arena& arena)
{
    char text[32];
    Writer digits(text);
    encoder::write_hex(digits, visit.identity.address, 16);
    char token[room::kMaxToken];
    std::string_view signature =
        room::write_token(secret, visit.room, digits.view(), token);
    constexpr size_t kDigits = 12;
    char id_text[room::kMaxId];
    Writer id(id_text);
    id.put("d-");
    id.put(signature.size() > kDigits
               ? signature.substr(signature.size() - kDigits)
               : signature);
    Who who;
    who.id = arena.copy(id.view());
    who.token =
        arena.copy(room::write_token(secret, visit.room, who.id, token));
    return who;
}

Who who_is(const LocConf* conf, const Visit& visit, Arena& arena)
{
    if (!visit.identity.id.empty()) {
        return {visit.identity.id, {}, false};
    }
    uint8_t secret[room::kSecretSize];
    conf->zone->talks->read_secret(secret);
    char text[room::kMaxId];
    Result<std::string_view> id =
        room::read_token(secret, visit.room, visit.post.token, text);
    if (id.ok()) {
        return {arena.copy(*id), visit.post.token, true};
    }
    return visitor(secret, visit, arena);
}

// Comes in and goes again at once, so that the table knows who it is and how
// fast he speaks. As a robot: nobody is told, nobody is counted.
Result<room::Speaker> come_by(const LocConf* conf, const room::Floor& floor,
                              const Visit& visit, const Who& who,
                              Verdict* verdict, Arena& arena)
{
    room::Ask ask;
    ask.id = visit.identity.id;
    ask.name = visit.identity.name;
    ask.token = who.token;
    ask.role = room::Role::kRobot;
    ask.address = visit.identity.address;
    room::Rules rules = rules_of(conf);
    room::Entered in = room::enter(floor, ask, rules, arena);
    *verdict = in.verdict;
    if (!in.verdict.ok()) {
        return Fault::kNotFound;
    }
    room::Speaker speaker = {in.member, in.entry};
    room::leave(floor, speaker, false, rules);
    return speaker;
}

Verdict say_it(const LocConf* conf, const room::Floor& floor,
               const Visit& visit, const room::Speaker& speaker, Arena& arena)
{
    Text said;
    const room::Danmaku& danmaku = visit.post.danmaku;
    said.add(room::most_said(danmaku),
             [&danmaku](Writer& out) { room::write_said(out, danmaku); });
    if (!said.good()) {
        return {Refusal::kBusy};
    }
    room::Command command;
    command.said = said.view();
    room::Speaker who = speaker;
    if (!who.member.known && !conf->room->given_names) {
        std::string_view name = room::clean_name(danmaku.author, arena);
        who.member.name = name.empty() ? who.member.name : name;
    }
    return room::say(floor, who, command, rules_of(conf));
}

Verdict speak(const LocConf* conf, const room::Room& room, const Visit& visit)
{
    room::Floor floor = floor_of(conf->zone, room);
    uint8_t memory[4096];
    Arena arena(memory);
    Who who = who_is(conf, visit, arena);
    Verdict verdict = room::may_enter(floor, who.id, visit.identity.address);
    if (!verdict.ok()) {
        return verdict;
    }
    uint8_t texts[room::kMaxId + room::kMaxMemberName];
    Result<room::Speaker> speaker = speaker_of(conf, room, who.id, texts);
    if (!speaker.ok()) {
        speaker = come_by(conf, floor, visit, who, &verdict, arena);
    }
    if (!speaker.ok()) {
        return verdict.ok() ? Verdict{Refusal::kBusy} : verdict;
    }
    if (!who.by_token || speaker->member.role == room::Role::kRobot) {
        speaker->member.role = visit.identity.role;
    }
    return say_it(conf, floor, visit, *speaker, arena);
}

}  // namespace

Verdict say_as_visitor(const LocConf* conf, const Visit& visit)
{
    constexpr int kTries = 4;
    const room::Rooms& rooms = *conf->zone->talks;
    if (!has_room_place(conf->zone)) {
        return {Refusal::kBusy};
    }
    for (int i = 0; i < kTries; i++) {
        Result<room::Room> room =
            rooms.find_or_add(visit.room, author(), ticks());
        if (!room.ok()) {
            return {room.fault() == Fault::kZoneFull  ? Refusal::kFull
                    : room.fault() == Fault::kBadName ? Refusal::kUnknownRoom
                                                      : Refusal::kBusy};
        }
        // As one who is there, so that nobody forgets the room meanwhile.
        if (!rooms.enter(*room, room_place(conf->zone), room::Role::kRobot)) {
            continue;
        }
        Verdict verdict = speak(conf, *room, visit);
        room->count(room_place(conf->zone), room::Role::kRobot, -1);
        if (verdict.ok()) {
            tell_room(conf->zone, *room);
        }
        return verdict;
    }
    return {Refusal::kBusy};
}

}  // namespace onair::ngx
