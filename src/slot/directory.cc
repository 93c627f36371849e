// The names of a zone: a table of words [upper half of the name's hash |
// index + 1] by open addressing, and the count of names that readers believe.
// A name is written to its slot first, then to the table, then counted; one
// process at a time adds, by pid. What one that died left uncounted is taken
// out of the table again: it was added last, so no other name's way through
// the table leads over it.
#include <algorithm>
#include <cstring>

#include "base/utf8.h"
#include "slot/layout.h"
#include "slot/zone.h"

namespace onair::slot {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr uint64_t kHigh = 0xffffffff00000000u;

// What clients can ask for; "*" asks for all.
bool good_name(std::string_view name)
{
    return !name.empty() && name.size() <= kMaxName && name != "*" &&
           is_utf8(name) && std::none_of(name.begin(), name.end(), [](char c) {
               auto byte = static_cast<uint8_t>(c);
               return byte < 0x20 || byte == 0x7f;
           });
}

}  // namespace

std::atomic<uint64_t>* Zone::directory() const
{
    // SAFETY: the plan put directory_words zeroed words there, aligned.
    auto* base = reinterpret_cast<uint8_t*>(head_) + head_->plan.directory_at;
    return reinterpret_cast<std::atomic<uint64_t>*>(base);
}

Result<size_t> Zone::find(std::string_view name) const
{
    uint64_t h = hash(name);
    const std::atomic<uint64_t>* table = directory();
    uint64_t mask = head_->plan.directory_words - 1;
    size_t known = stations();
    for (uint64_t step = 0; step <= mask; step++) {
        uint64_t word = table[(h + step) & mask].load(kAcquire);
        if (word == 0) {
            break;
        }
        size_t index = static_cast<uint32_t>(word) - 1;
        if ((word & kHigh) == (h & kHigh) && index < known &&
            slot(index).name() == name) {
            return index;
        }
    }
    return Fault::kNotFound;
}

Result<size_t> Zone::find_or_add(std::string_view name,
                                 const Author& author) const
{
    if (!good_name(name)) {
        return Fault::kBadName;
    }
    Result<size_t> found = find(name);
    if (found) {
        return found;
    }
    uint32_t seen = head_->adding.load(kAcquire);
    if (seen != 0 && seen != author.pid &&
        (author.is_gone == nullptr || !author.is_gone(seen))) {
        return Fault::kBusy;
    }
    bool left_behind = seen != 0;
    if (!head_->adding.compare_exchange_strong(seen, author.pid,
                                               std::memory_order_acq_rel)) {
        return Fault::kBusy;
    }
    if (left_behind) {
        drop_unfinished_names();
    }
    found = find(name);  // another may have added it before this claim
    if (!found) {
        found = add(name, hash(name));
    }
    uint32_t mine = author.pid;
    head_->adding.compare_exchange_strong(mine, 0, std::memory_order_acq_rel);
    return found;
}

Result<size_t> Zone::add(std::string_view name, uint64_t h) const
{
    size_t index = stations();
    if (index >= capacity()) {
        head_->times_full.fetch_add(1, kRelaxed);
        return Fault::kZoneFull;
    }
    SlotHead& slot = slot_head(index);
    std::memcpy(slot.name, name.data(), name.size());
    slot.name_size = static_cast<uint32_t>(name.size());

    std::atomic<uint64_t>* table = directory();
    uint64_t mask = head_->plan.directory_words - 1;
    uint64_t at = h & mask;
    while (table[at].load(kRelaxed) != 0) {
        at = (at + 1) & mask;
    }
    table[at].store((h & kHigh) | (index + 1), kRelease);
    head_->names.store(static_cast<uint32_t>(index + 1), kRelease);
    return index;
}

void Zone::drop_unfinished_names() const
{
    std::atomic<uint64_t>* table = directory();
    for (size_t i = 0; i < head_->plan.directory_words; i++) {
        if (static_cast<uint32_t>(table[i].load(kRelaxed)) > stations()) {
            table[i].store(0, kRelease);
        }
    }
}

}  // namespace onair::slot
