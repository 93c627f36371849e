// Who comes into a room and who goes: the part of talk.h about members.
#include <algorithm>

#include "room/talk.h"
#include "room/token.h"

namespace onair::room {

namespace {

Message about(Kind kind, const Member& member)
{
    Message m;
    m.kind = kind;
    m.from_id = member.id;
    m.from_name = member.name;
    m.role = member.role;
    m.sender = member.sender;
    return m;
}

// Those at other machines too, but the robots there.
size_t connections(const Floor& floor)
{
    return floor.room.counts().connections +
           floor.room.head().others.load(kRelaxed);
}

bool is_small(const Floor& floor, const Rules& rules)
{
    return connections(floor) <= rules.presence;
}

// Whose id it is: the operator's word, the token of one who was here, or a new
// one. The text is the arena's.
std::string_view id_of(const Floor& floor, const Ask& ask, Arena& arena,
                       bool* by_token)
{
    if (!ask.id.empty()) {
        return arena.copy(ask.id);
    }
    uint8_t secret[kSecretSize];
    floor.rooms.read_secret(secret);
    char name[kMaxName];
    char id[kMaxId];
    Result<std::string_view> known =
        read_token(secret, floor.room.name(name), ask.token, id);
    *by_token = known.ok();
    return arena.copy(known.ok() ? *known : floor.rooms.new_id(ask.random, id));
}

// The connection that had this id before, as the page that has its token came
// back without it.
void close_the_old(const Floor& floor, const Member& member)
{
    Message m = about(Kind::kClose, member);
    static_cast<void>(post(floor, &m).ok());
}

// Who is there goes before those who may come back. In other rooms they are
// told so with the next look of their workers.
Result<size_t> add_member(const Floor& floor, const Member& m)
{
    Members members = floor.rooms.members();
    Result<size_t> entry = members.add(floor.room.key(), m, floor.place);
    while (!entry.ok() &&
           members.forget_oldest(floor.room.key(), m.id,
                                 [&floor](uint64_t word, const Member& gone) {
                                     Result<Room> room =
                                         floor.rooms.of(RoomKey::of(word));
                                     if (room.ok()) {
                                         Floor theirs = floor;
                                         theirs.room = *room;
                                         tell_left(theirs, gone, Rules());
                                     }
                                 })) {
        entry = members.add(floor.room.key(), m, floor.place);
    }
    return entry;
}

}  // namespace

Verdict may_enter(const Floor& floor, std::string_view id, uint64_t address)
{
    char text[kMaxName];
    std::string_view room = floor.room.name(text);
    Bans bans = floor.rooms.bans();
    int64_t left = id.empty() ? 0
                              : bans.left(Bans::key(room, Penalty::kBan, id),
                                          floor.now.unix_ms);
    if (address != 0) {
        left = std::max(left, bans.left(Bans::key(room, Penalty::kBan, address),
                                        floor.now.unix_ms));
    }
    if (left > 0) {
        return {Refusal::kBanned,
                static_cast<uint32_t>(std::min<int64_t>(left, UINT32_MAX))};
    }
    return {};
}

Entered enter(const Floor& floor, const Ask& ask, const Rules& rules,
              Arena& arena)
{
    Entered in;
    bool by_token = false;
    Member& m = in.member;
    m.id = id_of(floor, ask, arena, &by_token);
    m.name = arena.copy(ask.name);
    m.role = ask.role;
    m.known = !ask.id.empty();
    m.sender = ask.sender;
    m.address = ask.address;
    m.since = floor.now.unix_ms;
    in.verdict = may_enter(floor, m.id, m.address);
    if (!in.verdict.ok()) {
        return in;
    }
    Members members = floor.rooms.members();
    Result<Found> before = members.find(floor.room.key(), m.id);
    bool above = m.role == Role::kModerator || m.role == Role::kHost;
    if (!before.ok() && !above && floor.room.modes().closed) {
        in.verdict.refusal = Refusal::kClosed;
        return in;
    }
    if (!floor.rooms.enter(floor.room, floor.place, m.role)) {
        in.verdict.refusal = Refusal::kUnknownRoom;
        return in;
    }
    // Counted before it is looked at: two that both looked first could both
    // find the last place.
    if (connections(floor) > rules.most_members) {
        floor.room.count(floor.place, m.role, -1);
        in.verdict.refusal = Refusal::kFull;
        return in;
    }
    uint8_t texts[kMaxId + kMaxMemberName];
    if (before.ok() && m.name.empty()) {
        Result<Member> was = members.read(*before, texts);
        m.name = was.ok() ? arena.copy(was->name) : m.name;
    }
    in.back = before.ok() && members.take_back(*before, m, floor.place);
    Result<size_t> entry = in.back ? before->index : add_member(floor, m);
    if (!entry.ok()) {
        floor.rooms.members_full().fetch_add(1, kRelaxed);
        floor.room.count(floor.place, m.role, -1);
        in.verdict.refusal = Refusal::kFull;
        return in;
    }
    in.entry = *entry;
    if (before.ok() && !in.back) {
        members.hand_over(before->index, in.entry);
    }
    if (before.ok() && !before->absent && by_token) {
        close_the_old(floor, m);
    }
    if (!before.ok() && m.role != Role::kRobot && is_small(floor, rules)) {
        Message entered = about(Kind::kEntered, m);
        static_cast<void>(post(floor, &entered).ok());
    }
    return in;
}

void tell_left(const Floor& floor, const Member& member, const Rules& rules)
{
    // Another connection of the same id is still here.
    if (member.role == Role::kRobot || !is_small(floor, rules) ||
        floor.rooms.members().find(floor.room.key(), member.id).ok()) {
        return;
    }
    Message left = about(Kind::kLeft, member);
    static_cast<void>(post(floor, &left).ok());
}

void leave(const Floor& floor, const Speaker& who, bool for_good,
           const Rules& rules)
{
    floor.room.count(floor.place, who.member.role, -1);
    Members members = floor.rooms.members();
    bool gone = members.set_absent(who.entry, floor.now.ticks);
    if (gone || (for_good && members.forget(who.entry))) {
        tell_left(floor, who.member, rules);
    }
}

}  // namespace onair::room
