#include "slot/addresses.h"

namespace onair::slot {

namespace {

constexpr size_t kLine = 8;  // words of one cache line
constexpr uint64_t kCount = 0xffff;
constexpr auto kRelaxed = std::memory_order_relaxed;

// Everything of a word but its count.
uint64_t owner_of(uint64_t address_hash, uint8_t worker)
{
    return (address_hash & ~uint64_t{0xffffff}) | uint64_t{worker} << 16;
}

bool same_address(uint64_t word, uint64_t address_hash)
{
    return (word & kCount) != 0 && word >> 24 == address_hash >> 24;
}

}  // namespace

// The low bits choose where an address's reach begins, the high ones are kept
// in the word.
template <typename Visit>
bool Addresses::any_in_reach(uint64_t hash, Visit visit) const
{
    size_t mask = words_.size() - 1;
    for (size_t i = 0; i < kAddressReach; i++) {
        if (visit(words_[(hash * kLine + i) & mask])) {
            return true;
        }
    }
    return false;
}

bool Addresses::count_up(uint64_t hash, uint8_t worker)
{
    uint64_t owner = owner_of(hash, worker);
    std::atomic<uint64_t>* mine = nullptr;
    any_in_reach(hash, [&](std::atomic<uint64_t>& word) {
        uint64_t seen = word.load(kRelaxed);
        if ((seen & ~kCount) != owner || (seen & kCount) == 0) {
            return false;
        }
        mine = &word;
        return true;
    });
    if (mine != nullptr) {
        // Only this worker counts in this word: no compare needed.
        if ((mine->load(kRelaxed) & kCount) == kCount) {
            return false;
        }
        mine->fetch_add(1, kRelaxed);
        return true;
    }
    return any_in_reach(hash, [owner](std::atomic<uint64_t>& word) {
        uint64_t seen = word.load(kRelaxed);
        return seen == 0 &&
               word.compare_exchange_strong(seen, owner | 1, kRelaxed);
    });
}

bool Addresses::count_down(uint64_t hash, uint8_t worker)
{
    uint64_t owner = owner_of(hash, worker);
    return any_in_reach(hash, [owner](std::atomic<uint64_t>& word) {
        uint64_t seen = word.load(kRelaxed);
        if ((seen & ~kCount) != owner || (seen & kCount) == 0) {
            return false;
        }
        word.store((seen & kCount) == 1 ? 0 : seen - 1, kRelaxed);
        return true;
    });
}

// Counts first and looks then: two workers that both look first could both
// find room for one.
bool Addresses::enter(uint64_t hash, uint8_t worker, uint32_t per_ip,
                      uint32_t zone_wide)
{
    std::atomic<uint32_t>& mine = counts_->of_worker[worker];
    mine.fetch_add(1, std::memory_order_seq_cst);
    if (zone_wide != 0 && connections() > zone_wide) {
        mine.fetch_sub(1, kRelaxed);
        return false;
    }
    bool counted = count_up(hash, worker);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (!counted) {
        counts_->overflows.fetch_add(1, kRelaxed);
    } else if (per_ip != 0 && connections(hash) > per_ip) {
        count_down(hash, worker);
        mine.fetch_sub(1, kRelaxed);
        return false;
    }
    return true;
}

void Addresses::leave(uint64_t hash, uint8_t worker)
{
    count_down(hash, worker);
    std::atomic<uint32_t>& mine = counts_->of_worker[worker];
    if (mine.load(kRelaxed) != 0) {
        mine.fetch_sub(1, kRelaxed);
    }
}

void Addresses::forget(uint8_t worker)
{
    for (std::atomic<uint64_t>& word : words_) {
        uint64_t seen = word.load(kRelaxed);
        if ((seen & kCount) != 0 && (seen >> 16 & 0xff) == worker) {
            word.compare_exchange_strong(seen, 0, kRelaxed);
        }
    }
    counts_->of_worker[worker].store(0, kRelaxed);
}

uint64_t Addresses::connections() const
{
    uint64_t sum = 0;
    for (const std::atomic<uint32_t>& count : counts_->of_worker) {
        sum += count.load(kRelaxed);
    }
    return sum;
}

uint64_t Addresses::connections(uint64_t hash) const
{
    uint64_t sum = 0;
    any_in_reach(hash, [&](const std::atomic<uint64_t>& word) {
        uint64_t seen = word.load(kRelaxed);
        sum += same_address(seen, hash) ? seen & kCount : 0;
        return false;
    });
    return sum;
}

uint64_t Addresses::overflows() const
{
    return counts_->overflows.load(kRelaxed);
}

}  // namespace onair::slot
