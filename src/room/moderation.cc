// What moderators and the operator do: the part of talk.h about that.
#include <algorithm>

#include "encoder/number.h"
#include "room/event.h"
#include "room/talk.h"

namespace onair::room {

namespace {

Verdict tell(const Floor& floor, Message* m)
{
    Result<uint64_t> seq = post(floor, m);
    if (!seq.ok()) {
        return {Refusal::kTooLong};
    }
    return {Refusal::kNone, 0, *seq};
}

Verdict remove_some(const Floor& floor, std::span<const uint64_t> numbers)
{
    char text[kMostDeleted * 21 + 2];
    Writer list(text);
    list.put('[');
    bool any = false;
    for (uint64_t seq : numbers) {
        // One that is not kept any more may still be on screens.
        if (seq == 0 || seq > floor.room.seq()) {
            continue;
        }
        floor.room.history().remove(seq);
        if (any) {
            list.put(',');
        }
        encoder::write_unsigned(list, seq);
        any = true;
    }
    list.put(']');
    if (!any) {
        return {Refusal::kNothingThere};
    }
    Message m;
    m.kind = Kind::kDeleted;
    m.said = list.view();
    return tell(floor, &m);
}

Verdict remove_all_of(const Floor& floor, std::string_view id)
{
    floor.room.history().remove_from(hash(id) != 0 ? hash(id) : 1);
    Message m;
    m.kind = Kind::kDeleted;
    m.from_id = id;
    return tell(floor, &m);
}

Verdict clear(const Floor& floor)
{
    Message m;
    m.kind = Kind::kCleared;
    Verdict verdict = tell(floor, &m);
    if (verdict.seq != kOnItsWay) {
        floor.room.history().clear(verdict.seq);
    }
    return verdict;
}

struct Target {
    bool here = false;
    Member member;
    uint8_t texts[kMaxId + kMaxMemberName];
};

void look_up(const Floor& floor, std::string_view id, Target* target)
{
    Members members = floor.rooms.members();
    Result<Found> found = members.find(floor.room.key(), id);
    if (found.ok()) {
        Result<Member> member = members.read(*found, target->texts);
        target->here = member.ok();
        target->member = member.ok() ? *member : Member();
    }
}

Verdict punish(const Floor& floor, const Command& command, const Target& target)
{
    char text[kMaxName];
    std::string_view room = floor.room.name(text);
    bool ban = command.verb == Verb::kBan;
    Penalty penalty = ban ? Penalty::kBan : Penalty::kMute;
    Bans bans = floor.rooms.bans();
    UnixMs until = floor.now.unix_ms + command.for_ms;
    uint64_t address = ban && target.here ? target.member.address : 0;
    uint64_t also = address != 0 ? Bans::key(room, penalty, address) : 0;
    uint64_t key = Bans::key(room, penalty, command.whom);
    if (!bans.add(key, until, floor.now.unix_ms, also).ok() ||
        (also != 0 && !bans.add(also, until, floor.now.unix_ms).ok())) {
        return {Refusal::kBusy};
    }
    if (!ban && !floor.rooms.shared()) {
        return {};
    }
    // All of its connections, wherever they are.
    Message m;
    m.kind = Kind::kClose;
    m.from_id = command.whom;
    m.type = ban ? "banned" : "muted";
    m.ref = static_cast<uint64_t>(until);
    return tell(floor, &m);
}

Verdict lift(const Floor& floor, const Command& command)
{
    char text[kMaxName];
    std::string_view room = floor.room.name(text);
    Penalty penalty =
        command.verb == Verb::kUnban ? Penalty::kBan : Penalty::kMute;
    bool lifted = floor.rooms.bans().lift(
        Bans::key(room, penalty, command.whom), floor.now.unix_ms);
    if (!floor.rooms.shared()) {
        return {lifted ? Refusal::kNone : Refusal::kNothingThere};
    }
    // It may be another machine's.
    Message m;
    m.kind = Kind::kClose;
    m.from_id = command.whom;
    m.type = command.verb == Verb::kUnban ? "unbanned" : "unmuted";
    return tell(floor, &m);
}

Verdict set_modes(const Floor& floor, const Command& command)
{
    Modes modes = floor.room.modes();
    modes.slow_ms = command.has_slow ? command.modes.slow_ms : modes.slow_ms;
    modes.who = command.has_who ? command.modes.who : modes.who;
    modes.unique = command.has_unique ? command.modes.unique : modes.unique;
    modes.closed = command.has_closed ? command.modes.closed : modes.closed;
    floor.room.set_modes(modes);
    char text[128];
    Writer out(text);
    write_modes(out, modes);
    Message m;
    m.kind = Kind::kModes;
    m.said = out.view();
    m.ref = modes.word();
    return tell(floor, &m);
}

// Hosts are above moderators; the operator is above all.
bool is_above(const Target& target, const Speaker& who)
{
    return target.here && !who.member.id.empty() &&
           who.member.role != Role::kHost && target.member.role == Role::kHost;
}

}  // namespace

Verdict moderate(const Floor& floor, const Speaker& who, const Command& command)
{
    bool operator_himself = who.member.id.empty();
    if (!operator_himself && who.member.role != Role::kModerator &&
        who.member.role != Role::kHost) {
        return {Refusal::kNotModerator};
    }
    Target target;
    look_up(floor, command.whom, &target);
    bool concerns = command.verb == Verb::kDeleteFrom ||
                    command.verb == Verb::kMute || command.verb == Verb::kBan;
    if (concerns && is_above(target, who)) {
        return {Refusal::kAboveYou};
    }
    switch (command.verb) {
        case Verb::kDelete:
            return remove_some(floor, command.numbers);
        case Verb::kDeleteFrom:
            return remove_all_of(floor, command.whom);
        case Verb::kClear:
            return clear(floor);
        case Verb::kMute:
        case Verb::kBan:
            return punish(floor, command, target);
        case Verb::kUnmute:
        case Verb::kUnban:
            return lift(floor, command);
        case Verb::kModes:
            return set_modes(floor, command);
        case Verb::kSay:
        case Verb::kReact:
        case Verb::kEnter:
        case Verb::kLeave:
        case Verb::kList:
            break;
    }
    return {Refusal::kNothingThere};
}

}  // namespace onair::room
