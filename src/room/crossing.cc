#include "room/crossing.h"

#include "room/event.h"

namespace onair::room {

namespace {

uint64_t key_of(std::string_view text)
{
    uint64_t sum = hash(text);
    return sum != 0 ? sum : 1;
}

void set_place(const Floor& floor, Message* m)
{
    m->room = floor.room.key().index;
    m->life = floor.room.key().life;
}

bool fits(const Floor& floor, const Message& m)
{
    size_t size = packed_size(m);
    return size <= floor.rooms.ring(floor.place).most() &&
           size <= floor.scratch.size();
}

// Whoever said it may ask again with the same `ref`.
void settle_ref(const Floor& floor, const Message& m)
{
    if (m.ref == 0 || m.sender == 0 || !is_kept(m.kind)) {
        return;
    }
    Members members = floor.rooms.members();
    Result<Found> found = members.find(floor.room.key(), m.from_id);
    if (found.ok()) {
        number_came(members.entry(found->index), m.ref, m.seq);
    }
}

void keep(const Floor& floor, const Message& m, ConstBytes packed)
{
    // Whoever had the connection before may have died behind this.
    if (is_kept(m.kind) && floor.room.history().newest() != m.seq) {
        History::Keys keys = {key_of(m.from_id), key_of(m.said)};
        floor.room.history().append(m.seq, keys, packed);
        floor.room.head().said.fetch_add(1, kRelaxed);
    }
}

// "[41,42]"
void remove_numbers(const Floor& floor, std::string_view list)
{
    uint64_t number = 0;
    for (char c : list) {
        if (c >= '0' && c <= '9' && number < UINT64_MAX / 16) {
            number = number * 10 + static_cast<uint64_t>(c - '0');
        } else if (number != 0) {
            floor.room.history().remove(number);
            number = 0;
        }
    }
}

void punish(const Floor& floor, const Message& m)
{
    char text[kMaxName];
    std::string_view room = floor.room.name(text);
    bool mute = m.type == "muted" || m.type == "unmuted";
    uint64_t key =
        Bans::key(room, mute ? Penalty::kMute : Penalty::kBan, m.from_id);
    if (m.type.starts_with("un")) {
        floor.rooms.bans().lift(key, floor.now.unix_ms);
        return;
    }
    auto until = static_cast<UnixMs>(m.ref & INT64_MAX);
    static_cast<void>(
        floor.rooms.bans().add(key, until, floor.now.unix_ms).ok());
}

// What is more than to be shown.
void obey(const Floor& floor, const Message& m, bool foreign)
{
    switch (m.kind) {
        case Kind::kDeleted:
            if (m.from_id.empty()) {
                remove_numbers(floor, m.said);
            } else {
                floor.room.history().remove_from(key_of(m.from_id));
            }
            return;
        case Kind::kCleared:
            floor.room.history().clear(m.seq);
            return;
        case Kind::kModes:
            floor.room.set_modes(Modes::of(m.ref));
            return;
        case Kind::kClose:
            if (foreign) {
                punish(floor, m);
            }
            return;
        default:
            return;
    }
}

}  // namespace

bool crosses(const Message& m)
{
    return m.kind != Kind::kReach &&
           (m.kind != Kind::kClose || !m.type.empty());
}

bool is_on_its_way(const Rooms& rooms, const Message& m)
{
    return rooms.shared() && m.seq == 0 && crosses(m);
}

void take_in(const Floor& floor, Message* m, bool foreign)
{
    if (m->seq <= floor.room.seq() || !fits(floor, *m)) {
        return;
    }
    set_place(floor, m);
    ConstBytes packed = pack(*m, floor.scratch);
    // The number last: what is not all there is read from the engine again.
    keep(floor, *m, packed);
    obey(floor, *m, foreign);
    settle_ref(floor, *m);
    floor.rooms.ring(floor.place).append(packed);
    raise(floor.room.head().seq, m->seq);
}

void remember(const Floor& floor, Message* m, bool foreign)
{
    if (!fits(floor, *m)) {
        return;
    }
    set_place(floor, m);
    keep(floor, *m, pack(*m, floor.scratch));
    obey(floor, *m, foreign);
}

void number_here(const Floor& floor, Message* m)
{
    set_place(floor, m);
    m->epoch = floor.room.epoch();
    if (!fits(floor, *m)) {
        return;
    }
    m->seq = floor.room.next_seq();
    ConstBytes packed = pack(*m, floor.scratch);
    keep(floor, *m, packed);
    obey(floor, *m, false);
    settle_ref(floor, *m);
    floor.rooms.ring(floor.place).append(packed);
}

void go_local(const Floor& floor)
{
    RoomHead& head = floor.room.head();
    if (floor.room.reach() == Reach::kLocal) {
        return;
    }
    head.epoch.store(floor.rooms.new_epoch(), kRelease);
    head.reach.store(static_cast<uint64_t>(Reach::kLocal), kRelease);
    Message m;
    m.kind = Kind::kReach;
    m.time = floor.now.unix_ms;
    m.said = R"("local")";
    number_here(floor, &m);
}

void go_all(const Floor& floor, uint32_t epoch, uint64_t seq)
{
    RoomHead& head = floor.room.head();
    head.epoch.store(epoch, kRelease);
    head.seq.store(seq, kRelease);
    head.reach.store(static_cast<uint64_t>(Reach::kAll), kRelease);
    Message m;
    set_place(floor, &m);
    m.kind = Kind::kReach;
    m.epoch = epoch;
    m.seq = seq;
    m.time = floor.now.unix_ms;
    m.said = R"("all")";
    floor.rooms.ring(floor.place).append(pack(m, floor.scratch));
}

}  // namespace onair::room
