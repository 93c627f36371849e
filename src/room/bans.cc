#include "room/bans.h"

namespace onair::room {

namespace {

constexpr size_t kReach = 32;

uint64_t key_of(std::string_view room, Penalty penalty, char kind,
                std::string_view whom)
{
    char word[2] = {kind, penalty == Penalty::kBan ? 'b' : 'm'};
    uint64_t sum = hash_more(kHashSeed, {word, 2});
    sum = hash_more(sum, room);
    sum = hash_more(sum, {"\0", 1});
    sum = hash_end(hash_more(sum, whom));
    return sum != 0 ? sum : 1;
}

}  // namespace

uint64_t Bans::key(std::string_view room, Penalty penalty, std::string_view id)
{
    return key_of(room, penalty, 'i', id);
}

uint64_t Bans::key(std::string_view room, Penalty penalty, uint64_t address)
{
    char bytes[sizeof(address)];
    std::memcpy(bytes, &address, sizeof(address));
    return key_of(room, penalty, 'a', {bytes, sizeof(bytes)});
}

Ban* Bans::find(uint64_t key) const
{
    for (size_t i = 0; i < kReach && i < count_; i++) {
        Ban& ban = entries_[(key + i) % count_];
        if (ban.key.load(kAcquire) == key) {
            return &ban;
        }
    }
    return nullptr;
}

Outcome Bans::add(uint64_t key, UnixMs until, UnixMs now, uint64_t also) const
{
    Ban* mine = find(key);
    for (size_t i = 0; mine == nullptr && i < kReach && i < count_; i++) {
        Ban& ban = entries_[(key + i) % count_];
        uint64_t seen = ban.key.load(kRelaxed);
        bool over = static_cast<UnixMs>(ban.until.load(kRelaxed)) <= now;
        if ((seen == 0 || over) && ban.key.compare_exchange_strong(
                                       seen, key, std::memory_order_acq_rel)) {
            mine = &ban;
        }
    }
    if (mine == nullptr) {
        return Fault::kTooMany;
    }
    mine->also.store(also, kRelaxed);
    mine->until.store(static_cast<uint64_t>(until), kRelease);
    return Done{};
}

bool Bans::lift(uint64_t key, UnixMs now) const
{
    Ban* ban = find(key);
    if (ban == nullptr) {
        return false;
    }
    uint64_t until = ban->until.exchange(0, kInOrder);
    uint64_t also = ban->also.exchange(0, kRelaxed);
    if (also != 0 && also != key) {
        lift(also, now);
    }
    return static_cast<UnixMs>(until) > now;
}

size_t Bans::in_force(UnixMs now) const
{
    size_t all = 0, with_another = 0;
    for (size_t i = 0; i < count_; i++) {
        const Ban& ban = entries_[i];
        if (ban.key.load(kAcquire) != 0 &&
            static_cast<UnixMs>(ban.until.load(kAcquire)) > now) {
            all++;
            with_another += ban.also.load(kRelaxed) != 0 ? 1 : 0;
        }
    }
    return all > with_another ? all - with_another : 0;
}

int64_t Bans::left(uint64_t key, UnixMs now) const
{
    const Ban* ban = find(key);
    if (ban == nullptr) {
        return 0;
    }
    int64_t until = static_cast<UnixMs>(ban->until.load(kAcquire));
    return until > now ? until - now : 0;
}

}  // namespace onair::room
