#include "room/room.h"

namespace onair::room {

namespace {

constexpr std::string_view kWhoWords[kWhos] = {"all", "members", "moderators",
                                               "nobody"};
// A tick that comes after so long was not one of a running server.
constexpr uint64_t kLongestTick = 10000;

}  // namespace

HistoryHead Room::dummy_;

std::string_view word(Who who)
{
    return kWhoWords[static_cast<size_t>(who)];
}

Result<Who> who_of(std::string_view text)
{
    for (size_t i = 0; i < kWhos; i++) {
        if (kWhoWords[i] == text) {
            return static_cast<Who>(i);
        }
    }
    return Fault::kNotFound;
}

std::string_view word(Reach reach)
{
    switch (reach) {
        case Reach::kOneMachine:
            return "";
        case Reach::kAll:
            return "all";
        case Reach::kLocal:
            return "local";
    }
    return "";
}

Modes Modes::of(uint64_t word)
{
    return {static_cast<uint32_t>(word), static_cast<Who>((word >> 32) % kWhos),
            (word >> 40 & 1) != 0, (word >> 41 & 1) != 0};
}

uint64_t Modes::word() const
{
    return uint64_t{slow_ms} | uint64_t{static_cast<uint8_t>(who)} << 32 |
           uint64_t{unique} << 40 | uint64_t{closed} << 41;
}

bool Room::is_open() const
{
    State state = State::of(head_->state.load(kAcquire));
    return state.life == key_.life &&
           (state.phase == Phase::kOpen || state.phase == Phase::kClosing);
}

void Room::count(size_t place, Role role, int change) const
{
    std::atomic<uint32_t>& mine =
        cell(place).members[static_cast<size_t>(role)];
    uint32_t seen = mine.load(kRelaxed);
    if (change < 0 && seen < static_cast<uint32_t>(-change)) {
        mine.store(0, kInOrder);  // never below nothing
        return;
    }
    // This worker alone writes here. In order: whoever forgets rooms looks at
    // the counts after it has said so, whoever enters the other way round.
    mine.store(seen + static_cast<uint32_t>(change), kInOrder);
}

uint32_t Room::here(size_t place) const
{
    uint32_t sum = 0;
    for (const std::atomic<uint32_t>& members : cell(place).members) {
        sum += members.load(kInOrder);
    }
    return sum;
}

Counts Room::counts() const
{
    Counts counts;
    for (size_t place = 0; place < plan_->places; place++) {
        for (size_t role = 0; role < kRoles; role++) {
            uint32_t here = cell(place).members[role].load(kInOrder);
            counts.roles[role] += here;
            counts.connections += here;
        }
    }
    return counts;
}

void Room::tick(Ticks now, bool live) const
{
    uint64_t last = head_->watched_at.load(kRelaxed);
    if (now <= last ||
        !head_->watched_at.compare_exchange_strong(last, now, kRelaxed)) {
        return;  // another has just done it
    }
    Counts counts = this->counts();
    if (last != 0 && now - last <= kLongestTick) {
        head_->watched.fetch_add((now - last) * counts.members(), kRelaxed);
    }
    if (live) {
        raise(head_->peak, counts.members());
    }
    if (counts.connections != 0) {
        head_->empty_since.store(0, kRelaxed);
    } else if (head_->empty_since.load(kRelaxed) == 0) {
        head_->empty_since.store(now, kRelaxed);
    }
}

uint64_t Room::empty_for(Ticks now) const
{
    uint64_t since = head_->empty_since.load(kRelaxed);
    return since == 0 || now < since ? 0 : now - since;
}

}  // namespace onair::room
