#include "room/talk.h"

#include <algorithm>

#include "room/crossing.h"
#include "room/event.h"
#include "room/pace.h"

namespace onair::room {

namespace {

uint64_t digest_of(std::string_view text)
{
    uint64_t sum = hash(text);
    return sum != 0 ? sum : 1;
}

bool is_moderator(const Member& member)
{
    return member.role == Role::kModerator || member.role == Role::kHost;
}

bool is_above_modes(const Member& member)
{
    return is_moderator(member) || member.role == Role::kRobot;
}

uint32_t rest_of(int64_t ms)
{
    return static_cast<uint32_t>(std::min<int64_t>(ms, UINT32_MAX));
}

// The number that this `ref` of the member got before, or kOnItsWay; 0: it is
// new.
uint64_t number_of(const MemberEntry& entry, uint64_t ref)
{
    for (size_t i = 0; i + 1 < std::size(entry.refs); i += 2) {
        uint64_t seq = entry.refs[i].load(kAcquire);
        uint64_t key = entry.refs[i + 1].load(kAcquire);
        if (seq != 0 && (key ^ hash_end(seq)) == ref) {
            return seq;
        }
    }
    return 0;
}

// The key is mixed with the number, so that a pair half written is none.
void keep_number(MemberEntry& entry, uint64_t ref, uint64_t seq)
{
    uint64_t by = seq != kOnItsWay ? seq : ref;
    size_t at = by % (std::size(entry.refs) / 2) * 2;
    entry.refs[at].store(seq, kRelease);
    entry.refs[at + 1].store(ref ^ hash_end(seq), kRelease);
}

Verdict may_say_now(const Floor& floor, const Member& who, const Modes& modes)
{
    char text[kMaxName];
    std::string_view room = floor.room.name(text);
    if (who.role == Role::kViewer) {
        return {Refusal::kViewer};
    }
    int64_t muted = floor.rooms.bans().left(
        Bans::key(room, Penalty::kMute, who.id), floor.now.unix_ms);
    if (muted > 0) {
        return {Refusal::kMuted, rest_of(muted)};
    }
    if (is_above_modes(who)) {
        return {};
    }
    switch (modes.who) {
        case Who::kAll:
            return {};
        case Who::kMembers:
            return {who.known ? Refusal::kNone : Refusal::kMembersOnly};
        case Who::kModerators:
            return {Refusal::kModeratorsOnly};
        case Who::kNobody:
            return {Refusal::kNobody};
    }
    return {};
}

Verdict in_time(const Floor& floor, const Speaker& who, MemberEntry& entry,
                const Modes& modes, const Rules& rules, size_t size)
{
    auto price = static_cast<uint32_t>((size + kSaidAtOnce - 1) / kSaidAtOnce);
    uint32_t wait = take_pace(entry.pace, rules.rate, floor.now.ticks, price);
    if (wait > 0) {
        return {Refusal::kRate, wait};
    }
    uint32_t slow = std::max(rules.slow_ms, modes.slow_ms);
    if (slow > 0 && !is_above_modes(who.member)) {
        wait = take_turn(entry.said_at, slow, floor.now.ticks);
        if (wait > 0) {
            return {Refusal::kSlow, wait};
        }
    }
    return {};
}

Verdict refused(const Floor& floor, Verdict verdict)
{
    if (!verdict.ok()) {
        floor.room.head().refused.fetch_add(1, kRelaxed);
    }
    return verdict;
}

// Who is at other machines is not known here.
bool is_to_nobody(const Floor& floor, const Command& command)
{
    return command.to == To::kOne && floor.room.reach() != Reach::kAll &&
           !floor.rooms.members().find(floor.room.key(), command.to_id).ok();
}

Verdict told_as(const Result<uint64_t>& seq)
{
    if (!seq.ok()) {
        return {Refusal::kTooLong};
    }
    return {Refusal::kNone, 0, *seq};
}

}  // namespace

MemberEntry& entry_of(const Rooms& rooms, const RoomKey& room,
                      const Speaker& who)
{
    Members members = rooms.members();
    Result<Found> first = members.find(room, who.member.id);
    bool here = first.ok() && !first->absent;
    return members.entry(here ? first->index : who.entry);
}

History::Keys keys_of(const Message& message)
{
    return {digest_of(message.from_id), digest_of(message.said)};
}

Result<uint64_t> post(const Floor& floor, Message* m)
{
    const Room& room = floor.room;
    Ring ring = floor.rooms.ring(floor.place);
    m->room = room.key().index;
    m->life = room.key().life;
    m->epoch = room.epoch();
    m->time = floor.now.unix_ms;
    size_t size = packed_size(*m);
    if (size > ring.most() || size > floor.scratch.size()) {
        return Fault::kTooLarge;
    }
    if (floor.rooms.shared() && crosses(*m)) {
        m->seq = 0;
        ring.append(pack(*m, floor.scratch));
        return kOnItsWay;
    }
    m->seq = m->kind == Kind::kClose ? 0 : room.next_seq();
    ConstBytes packed = pack(*m, floor.scratch);
    // Into the history first: whoever misses the number looks there.
    if (is_kept(m->kind)) {
        room.history().append(m->seq, keys_of(*m), packed);
        room.head().said.fetch_add(1, kRelaxed);
    }
    ring.append(packed);
    return m->seq;
}

void number_came(MemberEntry& entry, uint64_t ref, uint64_t seq)
{
    for (size_t i = 0; i + 1 < std::size(entry.refs); i += 2) {
        uint64_t key = entry.refs[i + 1].load(kRelaxed);
        if (entry.refs[i].load(kRelaxed) == kOnItsWay &&
            (key ^ hash_end(kOnItsWay)) == ref) {
            entry.refs[i].store(seq, kRelease);
            entry.refs[i + 1].store(ref ^ hash_end(seq), kRelease);
        }
    }
}

Verdict say(const Floor& floor, const Speaker& who, const Command& command,
            const Rules& rules)
{
    Modes modes = floor.room.modes();
    MemberEntry& entry = entry_of(floor.rooms, floor.room.key(), who);
    uint64_t ref = command.ref.empty() ? 0 : digest_of(command.ref);
    uint64_t before = ref != 0 ? number_of(entry, ref) : 0;
    if (before != 0) {
        return {Refusal::kNone, 0, before};
    }
    Verdict verdict = may_say_now(floor, who.member, modes);
    if (verdict.ok() && command.said.size() > rules.max_said) {
        verdict.refusal = Refusal::kTooLong;
    }
    if (verdict.ok() && is_to_nobody(floor, command)) {
        verdict.refusal = Refusal::kUnknownMember;
    }
    if (verdict.ok() && modes.unique && !is_above_modes(who.member) &&
        floor.room.history().was_said(digest_of(command.said),
                                      rules.looks_back)) {
        verdict.refusal = Refusal::kRepeated;
    }
    if (verdict.ok()) {
        verdict = in_time(floor, who, entry, modes, rules, command.said.size());
    }
    if (!verdict.ok()) {
        return refused(floor, verdict);
    }
    Message m;
    if (!command.type.empty() && is_moderator(who.member)) {
        m.kind = Kind::kEvent;
        m.type = command.type;
    }
    m.to = command.to;
    m.to_id = command.to_id;
    m.role = who.member.role;
    m.sender = who.member.sender;
    m.ref = ref;
    m.from_id = who.member.id;
    m.from_name = who.member.name;
    m.said = command.said;
    verdict = refused(floor, told_as(post(floor, &m)));
    if (verdict.ok() && ref != 0) {
        keep_number(entry, ref, verdict.seq);
    }
    return verdict;
}

Verdict react(const Floor& floor, const Speaker& who, const Command& command,
              std::span<const std::string_view> names, const Rules& rules)
{
    for (size_t i = 0; i < names.size() && i < kMostReactions; i++) {
        if (names[i] != command.reaction) {
            continue;
        }
        Modes modes = floor.room.modes();
        Verdict verdict = may_say_now(floor, who.member, modes);
        if (verdict.refusal == Refusal::kViewer) {
            verdict = {};  // a viewer may like what it sees
        }
        MemberEntry& entry = entry_of(floor.rooms, floor.room.key(), who);
        uint32_t wait =
            !verdict.ok() ? 0
                          : take_pace(entry.pace, rules.rate, floor.now.ticks);
        if (wait > 0) {
            verdict = {Refusal::kRate, wait};
        }
        if (verdict.ok()) {
            floor.room.react(i, command.times);
        }
        return refused(floor, verdict);
    }
    return refused(floor, {Refusal::kUnknownReaction});
}

Verdict announce(const Floor& floor, const Command& command)
{
    if (is_to_nobody(floor, command)) {
        return {Refusal::kUnknownMember};
    }
    Message m;
    m.kind = Kind::kEvent;
    m.type = command.type.empty() ? "notice" : command.type;
    m.to = command.to;
    m.to_id = command.to_id;
    m.said = command.said;
    return told_as(post(floor, &m));
}

std::string_view describe(Refusal refusal)
{
    switch (refusal) {
        case Refusal::kNone:
            return "";
        case Refusal::kBanned:
            return "you are banned from this room";
        case Refusal::kMuted:
            return "you are muted in this room";
        case Refusal::kClosed:
            return "the room is closed";
        case Refusal::kFull:
            return "the room is full";
        case Refusal::kViewer:
            return "viewers may not say anything";
        case Refusal::kMembersOnly:
            return "only members who are signed in may say something";
        case Refusal::kModeratorsOnly:
            return "only moderators may say something";
        case Refusal::kNobody:
            return "nobody may say anything";
        case Refusal::kSlow:
            return "the room is in slow mode";
        case Refusal::kRate:
            return "too many messages";
        case Refusal::kRepeated:
            return "this was said a moment ago";
        case Refusal::kUnknownMember:
            return "there is no such member";
        case Refusal::kUnknownReaction:
            return "there is no such reaction";
        case Refusal::kUnknownRoom:
            return "you are not in this room";
        case Refusal::kTooLong:
            return "this is too long";
        case Refusal::kNotModerator:
            return "only moderators may do this";
        case Refusal::kAboveYou:
            return "this member is above you";
        case Refusal::kNotListed:
            return "members are not listed here";
        case Refusal::kNothingThere:
            return "there is nothing of that kind";
        case Refusal::kBusy:
            return "try again in a moment";
    }
    return "";
}

}  // namespace onair::room
