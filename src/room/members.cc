#include "room/members.h"

namespace onair::room {

namespace {

constexpr size_t kReach = 64;

// A word: 40 bits of the hash of room and id, 16 bits that change with each
// claim, 8 bits of where: 1 absent, 2 + place of its worker. Never 0, for the
// hash is not.
constexpr uint64_t kAbsent = 1;
// This entry is in no room: it is being filled, or free.
constexpr uint64_t kNoRoom = UINT64_MAX;
constexpr uint64_t kFirstPlace = 2;
static_assert(kMostPlaces + kFirstPlace < 255);

uint64_t where_of(uint64_t word)
{
    return word & 0xff;
}
uint64_t hash_of(uint64_t word)
{
    return word >> 24;
}
uint64_t word_with(uint64_t word, uint64_t where)
{
    return (word & ~uint64_t{0xff}) | where;
}
// Another claim of the same entry.
uint64_t renewed(uint64_t word)
{
    uint64_t claim = (word >> 8) + 1;
    return (word & ~uint64_t{0xffff00}) | (claim & 0xffff) << 8;
}

uint64_t full_hash(const RoomKey& room, std::string_view id)
{
    return hash(id) ^ room.word() * 0x9e3779b97f4a7c15u;
}
uint64_t short_hash(uint64_t full)
{
    uint64_t top = full >> 24;
    return top != 0 ? top : 1;
}

constexpr uint64_t kKnown = 0x100;

}  // namespace

Found Members::at(size_t index) const
{
    uint64_t word = entries_[index].word.load(kAcquire);
    return {index, word, where_of(word) == kAbsent};
}

void Members::fill(MemberEntry& e, const Member& member) const
{
    e.traits.store(
        static_cast<uint64_t>(member.role) | (member.known ? kKnown : 0),
        kRelaxed);
    e.sender.store(member.sender, kRelaxed);
    e.address.store(member.address, kRelaxed);
    e.name.set(member.name);
}

// The claim says which worker it is, so that one that dies while it fills the
// entry leaves nothing behind.
Result<size_t> Members::add(const RoomKey& room, const Member& member,
                            size_t place) const
{
    uint64_t full = full_hash(room, member.id);
    for (size_t i = 0; i < kReach && i < count_; i++) {
        size_t index = (full + i) % count_;
        MemberEntry& e = entries_[index];
        uint64_t none = 0;
        uint64_t claim = short_hash(full) << 24 | (full & 0xffff) << 8;
        uint64_t word = word_with(claim, kFirstPlace + place);
        if (!e.word.compare_exchange_strong(none, word,
                                            std::memory_order_acq_rel)) {
            continue;
        }
        e.room.store(kNoRoom, kRelease);
        fill(e, member);
        e.id.set(member.id);
        e.since.store(static_cast<uint64_t>(member.since), kRelaxed);
        e.absent_since.store(0, kRelaxed);
        e.said_at.store(0, kRelaxed);
        e.pace.store(0, kRelaxed);
        for (Word& ref : e.refs) {
            ref.store(0, kRelaxed);
        }
        e.room.store(room.word(), kRelease);
        return index;
    }
    return Fault::kZoneFull;
}

bool Members::take_back(const Found& found, const Member& member,
                        size_t place) const
{
    MemberEntry& e = entries_[found.index];
    uint64_t seen = found.word;
    uint64_t word = word_with(renewed(seen), kFirstPlace + place);
    if (!found.absent || !e.word.compare_exchange_strong(
                             seen, word, std::memory_order_acq_rel)) {
        return false;
    }
    fill(e, member);
    return true;
}

bool Members::set_absent(size_t index, Ticks now) const
{
    MemberEntry& e = entries_[index];
    e.absent_since.store(now, kRelaxed);
    uint64_t seen = e.word.load(kRelaxed);
    if (seen != 0) {
        e.word.compare_exchange_strong(seen, word_with(seen, kAbsent),
                                       std::memory_order_acq_rel);
    }
    // Of two that part at once one sees the other absent.
    std::atomic_thread_fence(kInOrder);
    Found found = at(index);
    char id[kMaxId];
    Result<Found> other =
        find(RoomKey::of(e.room.load(kRelaxed)), e.id.get({id, kMaxId}));
    if (!found.absent || !other.ok() || other->absent) {
        return false;
    }
    hand_over(index, other->index);
    return drop(found);
}

// A pair half written is none, as its key is mixed with its number.
void Members::hand_over(size_t from, size_t to) const
{
    const MemberEntry& was = entries_[from];
    MemberEntry& is = entries_[to];
    raise(is.said_at, was.said_at.load(kRelaxed));
    raise(is.pace, was.pace.load(kRelaxed));
    for (size_t i = 0; i + 1 < std::size(is.refs); i += 2) {
        uint64_t none = 0;
        uint64_t seq = was.refs[i].load(kAcquire);
        uint64_t key = was.refs[i + 1].load(kAcquire);
        if (is.refs[i].compare_exchange_strong(none, seq, kRelaxed)) {
            is.refs[i + 1].store(key, kRelease);
        }
    }
}

bool Members::forget(size_t index) const
{
    Found found = at(index);
    return found.absent && drop(found);
}

void Members::remove(size_t index) const
{
    entries_[index].room.store(kNoRoom, kRelaxed);
    entries_[index].word.store(0, kRelease);
}

Found Members::oldest_absent(const RoomKey& room, std::string_view id) const
{
    uint64_t full = full_hash(room, id);
    Found oldest;
    uint64_t since = UINT64_MAX;
    for (size_t i = 0; i < kReach && i < count_; i++) {
        Found found = at((full + i) % count_);
        uint64_t absent = entries_[found.index].absent_since.load(kRelaxed);
        if (found.absent && absent < since) {
            oldest = found;
            since = absent;
        }
    }
    return oldest;
}

bool Members::drop(const Found& found) const
{
    uint64_t seen = found.word;
    return entries_[found.index].word.compare_exchange_strong(
        seen, 0, std::memory_order_acq_rel);
}

bool Members::is_over(const Found& found, Ticks now, uint64_t hold) const
{
    uint64_t since = entries_[found.index].absent_since.load(kRelaxed);
    return now > since && now - since > hold;
}

Result<Found> Members::find(const RoomKey& room, std::string_view id) const
{
    uint64_t full = full_hash(room, id);
    Result<Found> best = Fault::kNotFound;
    for (size_t i = 0; i < kReach && i < count_; i++) {
        Found found = at((full + i) % count_);
        if (found.word == 0 || hash_of(found.word) != short_hash(full) ||
            entries_[found.index].room.load(kAcquire) != room.word() ||
            !entries_[found.index].id.is(id)) {
            continue;
        }
        if (!found.absent) {
            return found;
        }
        best = found;
    }
    return best;
}

Result<Member> Members::read(const Found& found, Bytes texts) const
{
    const MemberEntry& e = entries_[found.index];
    // SAFETY: char may alias any object.
    auto* out = reinterpret_cast<char*>(texts.data());
    Member m;
    m.id = e.id.get({out, kMaxId});
    m.name = e.name.get({out + kMaxId, kMaxMemberName});
    uint64_t traits = e.traits.load(kRelaxed);
    m.role = static_cast<Role>((traits & 0xff) % kRoles);
    m.known = (traits & kKnown) != 0;
    m.sender = e.sender.load(kRelaxed);
    m.address = e.address.load(kRelaxed);
    m.since = static_cast<UnixMs>(e.since.load(kRelaxed));
    std::atomic_thread_fence(kAcquire);
    if (e.word.load(kRelaxed) != found.word) {
        return Fault::kTorn;
    }
    return m;
}

void Members::forget_worker(size_t place, Ticks now) const
{
    for (size_t i = 0; i < count_; i++) {
        uint64_t word = entries_[i].word.load(kRelaxed);
        if (word == 0 || where_of(word) != kFirstPlace + place) {
            continue;
        }
        char id[kMaxId];
        RoomKey room = RoomKey::of(entries_[i].room.load(kRelaxed));
        uint64_t full = full_hash(room, entries_[i].id.get({id, kMaxId}));
        if (hash_of(word) != short_hash(full)) {
            remove(i);  // it died before it had filled it
        } else {
            set_absent(i, now);
        }
    }
}

void Members::forget_room(const RoomKey& room) const
{
    for (size_t i = 0; i < count_; i++) {
        Found found = at(i);
        if (found.word != 0 && found.absent &&
            entries_[i].room.load(kRelaxed) == room.word()) {
            drop(found);
        }
    }
}

// The one of several entries of one id that find() would meet first.
bool Members::is_first(const RoomKey& room, size_t index) const
{
    char id[kMaxId];
    std::string_view mine = entries_[index].id.get(id);
    Result<Found> first = find(room, mine);
    return first.ok() && first->index == index;
}

size_t Members::people(const RoomKey& room) const
{
    size_t people = 0;
    for (size_t i = 0; i < count_; i++) {
        Found found = at(i);
        if (found.word != 0 && !found.absent &&
            entries_[i].room.load(kRelaxed) == room.word() &&
            is_first(room, i)) {
            people++;
        }
    }
    return people;
}

}  // namespace onair::room
