#include "ngx_module/room/guest.h"

#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/room/awaited.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/here.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"
#include "room/name.h"

namespace onair::ngx {

namespace {

using room::Refusal;

uint8_t g_packed[room::kMaxPacked];
uint64_t g_connections;

Membership* make_membership(const room::Member& member, size_t entry)
{
    size_t size = member.id.size() + member.name.size();
    void* at = ngx_alloc(sizeof(Membership) + size, ngx_cycle->log);
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh memory; destroyed by part().
    auto* m = new (at) Membership();
    // SAFETY: char may alias any object.
    auto* text = reinterpret_cast<char*>(m + 1);
    copy_bytes(text, member.id.data(), member.id.size());
    copy_bytes(text + member.id.size(), member.name.data(), member.name.size());
    m->who.member = member;
    m->who.member.id = {text, member.id.size()};
    m->who.member.name = {text + member.id.size(), member.name.size()};
    m->who.entry = entry;
    return m;
}

Joined refused(Refusal refusal)
{
    return {{refusal, 0, 0}, nullptr, {}};
}

room::MemberEntry& entry_of(const Membership* m)
{
    return room::entry_of(*m->here->zone()->talks, m->here->room().key(),
                          m->who);
}

// What a member has spent stays with its connection when it leaves a room.
void keep_time(Guest* guest, const Membership* m)
{
    const room::MemberEntry& entry = entry_of(m);
    guest->left_said_at =
        ngx_max(guest->left_said_at, entry.said_at.load(room::kRelaxed));
    guest->left_pace = entry.pace.load(room::kRelaxed);
}

void give_time(const Guest* guest, const Membership* m)
{
    room::MemberEntry& entry = entry_of(m);
    room::raise(entry.said_at, guest->left_said_at);
    uint64_t fresh = 0;
    entry.pace.compare_exchange_strong(fresh, guest->left_pace, room::kRelaxed);
}

Refusal refusal_of(Fault fault)
{
    return fault == Fault::kZoneFull  ? Refusal::kFull
           : fault == Fault::kBadName ? Refusal::kUnknownRoom
                                      : Refusal::kBusy;
}

bool has(const Guest* guest, const Membership* membership)
{
    for (Membership* m = guest->memberships; m != nullptr;
         m = m->next_of_guest) {
        if (m == membership) {
            return true;
        }
    }
    return false;
}

bool has_too_many(const Guest* guest)
{
    size_t count = 0;
    for (Membership* m = guest->memberships; m != nullptr;
         m = m->next_of_guest) {
        count++;
    }
    return count >= kMostRoomsOfGuest;
}

room::Entered enter_room(const Guest* guest, const Entering& entering,
                         const room::Room& room, Arena& arena)
{
    const LocConf* conf = guest->location();
    const Identity identity = guest->identity();
    room::Ask ask;
    ask.id = identity.id;
    ask.name = identity.name;
    if (ask.name.empty() && !conf->room->given_names) {
        ask.name = room::clean_name(entering.name, arena);
    }
    ask.token = entering.token;
    ask.role = identity.role;
    ask.sender = guest->sender != 0 ? guest->sender : new_sender();
    ask.address = identity.address;
    ask.random = random_number();
    return room::enter(floor_of(conf->zone, room), ask, rules_of(conf), arena);
}

// The room may be forgotten between the steps: then it is made anew.
room::Entered find_and_enter(const Guest* guest, const Entering& entering,
                             room::Room* room, Arena& arena)
{
    constexpr int kTries = 4;
    const room::Rooms& rooms = *guest->location()->zone->talks;
    room::Entered in;
    in.verdict.refusal = Refusal::kBusy;
    for (int i = 0; i < kTries; i++) {
        Result<room::Room> found =
            rooms.find_or_add(entering.room, author(), ticks());
        if (!found.ok()) {
            in.verdict.refusal = refusal_of(found.fault());
            return in;
        }
        *room = *found;
        in = enter_room(guest, entering, *found, arena);
        if (in.verdict.refusal != Refusal::kUnknownRoom) {
            return in;
        }
    }
    in.verdict.refusal = Refusal::kBusy;
    return in;
}

}  // namespace

// The worker's pid above, its own count below.
uint64_t new_sender()
{
    return static_cast<uint64_t>(ngx_pid) << 40 | ++g_connections;
}

bool Guest::identify(const Identity& given)
{
    role_ = given.role;
    address_ = given.address;
    size_t size = given.id.size() + given.name.size();
    if (size == 0) {
        return true;
    }
    texts_ = static_cast<char*>(ngx_alloc(size, ngx_cycle->log));
    if (texts_ == nullptr) {
        return false;
    }
    copy_bytes(texts_, given.id.data(), given.id.size());
    copy_bytes(texts_ + given.id.size(), given.name.data(), given.name.size());
    id_size_ = static_cast<uint16_t>(given.id.size());
    name_size_ = static_cast<uint16_t>(given.name.size());
    return true;
}

room::Rules rules_of(const LocConf* conf)
{
    room::Rules rules;
    rules.rate = {static_cast<uint32_t>(conf->message_rate),
                  static_cast<uint32_t>(conf->message_burst)};
    rules.slow_ms = static_cast<uint32_t>(conf->room->slow);
    rules.max_said = ngx_min(conf->max_message, room::kMaxSaid);
    rules.most_members =
        conf->room->members != 0 ? conf->room->members : SIZE_MAX;
    rules.looks_back = conf->room->history;
    rules.list = conf->room->unlisted == 0;
    return rules;
}

room::Floor floor_of(ZoneConf* zone, const room::Room& room)
{
    return {*zone->talks, room, room_place(zone), now(), g_packed};
}

void tell_room(ZoneConf* zone, const room::Room& room)
{
    const room::Rooms& rooms = *zone->talks;
    room::told(floor_of(zone, room), [&rooms](size_t place) {
        Result<size_t> worker = rooms.worker_at(place);
        if (worker.ok()) {
            wake_worker(*worker);
        }
    });
    look_at_rooms(zone);
}

Membership* Guest::member_of(std::string_view room) const
{
    Membership* last = nullptr;
    for (Membership* m = memberships; m != nullptr; m = m->next_of_guest) {
        if (!room.empty() && m->here->name() == room) {
            return m;
        }
        last = m;
    }
    // The one that was entered first is the last of the list.
    return room.empty() ? last : nullptr;
}

Joined join(Guest* guest, const Entering& entering)
{
    const LocConf* conf = guest->location();
    if (!has_room_place(conf->zone)) {
        return refused(Refusal::kBusy);
    }
    if (has_too_many(guest)) {
        return refused(Refusal::kFull);
    }
    // What was said before is shown from the history, and only once.
    look_at_rooms(conf->zone);
    uint8_t memory[2048];
    Arena arena(memory);
    room::Room room;
    room::Entered in = find_and_enter(guest, entering, &room, arena);
    if (!in.verdict.ok()) {
        return {in.verdict, nullptr, {}};
    }
    RoomHere* here = room_here(conf->zone, room, conf);
    Membership* m =
        here != nullptr ? make_membership(in.member, in.entry) : nullptr;
    if (m == nullptr) {
        room::leave(floor_of(conf->zone, room), {in.member, in.entry}, true,
                    rules_of(conf));
        return refused(Refusal::kBusy);
    }
    m->guest = guest;
    m->next_of_guest = guest->memberships;
    guest->memberships = m;
    here->add(m);
    give_time(guest, m);
    Joined joined = {in.verdict, m, {}};
    if (guest->tongue() == nullptr) {
        joined.first = here->greeting(m, entering);
    }
    tell_room(conf->zone, room);
    if (!has(guest, m)) {
        return refused(Refusal::kBanned);  // by what was told this moment
    }
    return joined;
}

void part(Membership* m, bool for_good)
{
    RoomHere* here = m->here;
    ZoneConf* zone = here->zone();
    room::Room room = here->room();
    Membership** at = &m->guest->memberships;
    while (*at != m) {
        at = &(*at)->next_of_guest;
    }
    *at = m->next_of_guest;
    forget_awaited(m);
    keep_time(m->guest, m);
    here->remove(m);
    room::leave(floor_of(zone, room), m->who, for_good,
                rules_of(m->guest->location()));
    m->~Membership();
    ngx_free(m);
    if (for_good) {
        tell_room(zone, room);
    }
}

void part_all(Guest* guest, bool for_good)
{
    while (guest->memberships != nullptr) {
        part(guest->memberships, for_good);
    }
}

}  // namespace onair::ngx
