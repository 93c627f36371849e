#include "ngx_module/room/obey.h"

#include "encoder/json.h"
#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/room/awaited.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/here.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "room/event.h"
#include "room/pace.h"

namespace onair::ngx {

namespace {

using room::Command;
using room::Refusal;
using room::Verb;
using room::Verdict;

// What is asked that is no message of the room costs so many of them.
constexpr uint32_t kPriceOfList = 5;
constexpr size_t kMostListed = 500;
constexpr size_t kMostAnswer = 1024 + 6 * kMaxName + room::kMaxRef;

// A message that was read; lives as long as its memory.
class Reading {
  public:
    explicit Reading(std::string_view text)
    {
        size_t size = room::command_memory(text.size());
        memory_ = static_cast<uint8_t*>(ngx_alloc(size, ngx_cycle->log));
        if (memory_ == nullptr) {
            why_ = room::describe(Refusal::kBusy);
            return;
        }
        Arena arena({memory_, size});
        Result<Command> read = room::read_command(text, arena, &why_);
        good_ = read.ok();
        command_ = good_ ? *read : Command();
    }
    ~Reading() { ngx_free(memory_); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

    bool good() const { return good_; }
    std::string_view why() const { return why_; }
    const Command& command() const { return command_; }

  private:
    uint8_t* memory_ = nullptr;
    bool good_ = false;
    std::string_view why_;
    Command command_;
};

// Where an answer is about: a room, perhaps one that there is not.
struct About {
    std::string_view room;
    uint32_t epoch = 0;
};

About about(const Membership* m, const Command& command)
{
    if (m == nullptr) {
        return {command.room, 0};
    }
    return {m->here->name(), m->here->epoch()};
}

void answer(Text* out, const About& about, const Command& command,
            const Verdict& verdict)
{
    out->add(kMostAnswer, [&](Writer& text) {
        if (verdict.ok()) {
            room::write_answer(text, about.room, command.ref, about.epoch,
                               verdict.seq);
        } else {
            room::write_refusal(text, about.room, command.ref,
                                room::describe(verdict.refusal),
                                verdict.wait_ms);
        }
    });
}

Verdict take_pace(room::Word& pace, const LocConf* conf, uint32_t price)
{
    uint32_t wait = room::take_pace(pace, rules_of(conf).rate, ticks(), price);
    return {wait == 0 ? Refusal::kNone : Refusal::kRate, wait};
}

// Says something, reacts, or moderates.
Verdict act(const LocConf* conf, const room::Room& room,
            const room::Speaker& who, const Command& command)
{
    room::Floor floor = floor_of(conf->zone, room);
    switch (command.verb) {
        case Verb::kSay:
            return room::say(floor, who, command, rules_of(conf));
        case Verb::kReact:
            return room::react(
                floor, who, command,
                {conf->room->reactions, conf->room->reactions_count},
                rules_of(conf));
        default:
            return room::moderate(floor, who, command);
    }
}

bool is_to_be_answered(const Command& command, const Verdict& verdict)
{
    return !verdict.ok() || command.verb == Verb::kSay || !command.ref.empty();
}

void enter_one(Guest* guest, const Command& c, Text* out)
{
    Membership* m = guest->member_of(c.room);
    if (m != nullptr && !c.room.empty()) {
        answer(out, about(m, c), c, {});
        return;
    }
    // A location that names the room has no other.
    const LocConf* conf = guest->location();
    Verdict verdict = take_pace(guest->pace, conf, 1);
    if (c.room.empty() || conf->room->name != nullptr) {
        verdict = {Refusal::kUnknownRoom, 0, 0};
    }
    if (!verdict.ok()) {
        answer(out, about(nullptr, c), c, verdict);
        return;
    }
    Joined joined = join(
        guest, {c.room, c.name, c.token, c.has_since, c.bad_since, c.since});
    if (joined.first) {
        guest->push(joined.first);
    }
    if (joined.membership == nullptr || !c.ref.empty()) {
        answer(out, about(joined.membership, c), c, joined.verdict);
    }
}

void leave_one(Guest* guest, Membership* m, const Command& c, Text* out)
{
    Verdict verdict = take_pace(guest->pace, guest->location(), 1);
    if (!verdict.ok() || !c.ref.empty()) {
        answer(out, about(m, c), c, verdict);
    }
    if (verdict.ok()) {
        part(m, true);
    }
}

void obey_command(Guest* guest, const Command& c, Text* out)
{
    if (c.verb == Verb::kEnter) {
        enter_one(guest, c, out);
        return;
    }
    Membership* m = guest->member_of(c.room);
    if (m == nullptr) {
        answer(out, about(m, c), c, {Refusal::kUnknownRoom, 0, 0});
        return;
    }
    const LocConf* conf = guest->location();
    if (c.verb == Verb::kLeave) {
        leave_one(guest, m, c, out);
        return;
    }
    if (c.verb == Verb::kList) {
        Verdict verdict = conf->room->unlisted
                              ? Verdict{Refusal::kNotListed, 0, 0}
                              : take_pace(guest->pace, conf, kPriceOfList);
        if (verdict.ok()) {
            list_members(*conf->zone->talks, m->here->room(), m->here->name(),
                         c.ref, out);
        } else {
            answer(out, about(m, c), c, verdict);
        }
        return;
    }
    // A moderator may be the one whom this closes.
    room::Room room = m->here->room();
    Verdict verdict = act(conf, room, m->who, c);
    bool later = verdict.ok() && verdict.seq == room::kOnItsWay &&
                 c.verb == Verb::kSay && !c.ref.empty() &&
                 await_number(m, c.ref);
    if (!later && is_to_be_answered(c, verdict)) {
        answer(out, about(m, c), c, verdict);
    }
    if (verdict.ok() && c.verb != Verb::kReact) {
        tell_room(conf->zone, room);
    }
}

// It is of use to a room in which nobody is yet.
bool makes_a_room(const Command& c)
{
    return c.verb != Verb::kDelete && c.verb != Verb::kDeleteFrom &&
           c.verb != Verb::kClear;
}

Ordered ordered(Verdict verdict)
{
    return {verdict.ok() ? NGX_HTTP_NO_CONTENT : status_of(verdict.refusal),
            room::describe(verdict.refusal)};
}

Ordered no_room(Fault fault)
{
    switch (fault) {
        case Fault::kNotFound:
            return {NGX_HTTP_NOT_FOUND, "there is no such room"};
        case Fault::kBadName:
            return {NGX_HTTP_BAD_REQUEST, describe(fault)};
        case Fault::kZoneFull:
            return {NGX_HTTP_SERVICE_UNAVAILABLE,
                    "there is no place for another room"};
        default:
            return ordered({Refusal::kBusy});
    }
}

}  // namespace

Ordered obey_operator(ZoneConf* zone, std::string_view name,
                      std::string_view message)
{
    constexpr int kTries = 4;
    const room::Rooms& rooms = *zone->talks;
    Reading reading(message);
    if (!reading.good()) {
        return {NGX_HTTP_BAD_REQUEST, reading.why()};
    }
    const Command& c = reading.command();
    if (c.verb != Verb::kSay && !room::is_moderation(c.verb)) {
        return {NGX_HTTP_BAD_REQUEST, "only a member can do this"};
    }
    if (!has_room_place(zone)) {
        return ordered({Refusal::kBusy});
    }
    for (int i = 0; i < kTries; i++) {
        Result<room::Room> room =
            makes_a_room(c) ? rooms.find_or_add(name, author(), ticks())
                            : rooms.find(name);
        if (!room.ok()) {
            return no_room(room.fault());
        }
        // As one who is there, so that nobody forgets the room meanwhile.
        if (!rooms.enter(*room, room_place(zone), room::Role::kRobot)) {
            continue;
        }
        room::Floor floor = floor_of(zone, *room);
        Verdict verdict = c.verb == Verb::kSay ? room::announce(floor, c)
                                               : room::moderate(floor, {}, c);
        room->count(room_place(zone), room::Role::kRobot, -1);
        if (verdict.ok()) {
            tell_room(zone, *room);
        }
        return ordered(verdict);
    }
    return ordered({Refusal::kBusy});
}

void list_members(const room::Rooms& rooms, const room::Room& room,
                  std::string_view name, std::string_view ref, Text* out)
{
    constexpr size_t kEach = 6 * (room::kMaxId + room::kMaxMemberName) + 64;
    struct {
        size_t count = 0;
        size_t more = 0;
    } listed;
    out->add(64 + 6 * kMaxName + ref.size(), [&](Writer& text) {
        text.put(R"({"room":)");
        encoder::write_string(text, name);
        if (!ref.empty()) {
            text.put(R"(,"ref":)");
            text.put(ref);
        }
        text.put(R"(,"list":[)");
    });
    rooms.members().each(
        room.key(), [&](const room::Found& found, const room::Member& member) {
            if (found.absent) {
                return;
            }
            if (listed.count == kMostListed) {
                listed.more++;
                return;
            }
            out->add(kEach, [&](Writer& text) {
                text.put(listed.count > 0 ? "," : "");
                room::write_member(text, member);
            });
            listed.count++;
        });
    out->add(48, [&listed](Writer& text) {
        text.put(R"(],"more":)");
        encoder::write_unsigned(text, listed.more);
        text.put('}');
    });
}

ngx_uint_t status_of(Refusal refusal)
{
    switch (refusal) {
        case Refusal::kNone:
            return NGX_HTTP_OK;
        case Refusal::kFull:
        case Refusal::kBusy:
            return NGX_HTTP_SERVICE_UNAVAILABLE;
        case Refusal::kSlow:
        case Refusal::kRate:
            return NGX_HTTP_TOO_MANY_REQUESTS;
        case Refusal::kUnknownRoom:
        case Refusal::kUnknownMember:
        case Refusal::kUnknownReaction:
        case Refusal::kNothingThere:
            return NGX_HTTP_NOT_FOUND;
        case Refusal::kTooLong:
            return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
        default:
            return NGX_HTTP_FORBIDDEN;
    }
}

void obey(Guest* guest, std::string_view message, Text* out)
{
    Reading reading(message);
    if (reading.good()) {
        obey_command(guest, reading.command(), out);
        return;
    }
    count(slot::Total::kRefusedRequest);
    const Membership* m = guest->member_of({});
    out->add(kMostAnswer, [&](Writer& text) {
        room::write_refusal(text, m != nullptr ? m->here->name() : "", {},
                            reading.why(), 0);
    });
}

void obey(const Remote& remote, std::string_view message, Text* out,
          ngx_uint_t* status)
{
    const LocConf* conf = remote.conf;
    Reading reading(message);
    const Command& c = reading.command();
    std::string_view why = reading.why();
    if (reading.good() && (c.verb == Verb::kEnter || c.verb == Verb::kLeave)) {
        why = "a request can neither enter nor leave";
    }
    if (!why.empty()) {
        count(slot::Total::kRefusedRequest);
        *status = NGX_HTTP_BAD_REQUEST;
        out->add(kMostAnswer, [&](Writer& text) {
            room::write_refusal(text, remote.name, c.ref, why, 0);
        });
        return;
    }
    Verdict verdict =
        room::may_enter(floor_of(conf->zone, remote.room), remote.who.member.id,
                        remote.who.member.address);
    if (verdict.ok() && c.verb == Verb::kList) {
        room::MemberEntry& entry =
            room::entry_of(*conf->zone->talks, remote.room.key(), remote.who);
        verdict = conf->room->unlisted
                      ? Verdict{Refusal::kNotListed, 0, 0}
                      : take_pace(entry.pace, conf, kPriceOfList);
        if (verdict.ok()) {
            list_members(*conf->zone->talks, remote.room, remote.name, c.ref,
                         out);
        }
    } else if (verdict.ok()) {
        verdict = act(conf, remote.room, remote.who, c);
        if (verdict.ok() && c.verb != Verb::kReact) {
            tell_room(conf->zone, remote.room);
        }
    }
    *status = status_of(verdict.refusal);
    if (!verdict.ok() || c.verb != Verb::kList) {
        answer(out, {remote.name, remote.room.epoch()}, c, verdict);
    }
}

}  // namespace onair::ngx
