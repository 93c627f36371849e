#include "slot/zone.h"

#include <cstring>
#include <new>

#include "base/utf8.h"
#include "slot/merge.h"
#include "slot/plan.h"
#include "slot/writer.h"

namespace onair::slot {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;

// The part of the memory that starts at a line.
Bytes aligned(Bytes memory)
{
    // SAFETY: only to round an address up.
    auto at = reinterpret_cast<uintptr_t>(memory.data());
    size_t pad = (kLine - at % kLine) % kLine;
    return pad < memory.size() ? memory.subspan(pad) : Bytes{};
}

}  // namespace

Result<Zone> Zone::create(Bytes memory, const Options& options, uint32_t random)
{
    memory = aligned(memory);
    Result<Plan> plan = plan_of(memory.size(), options);
    if (!plan) {
        return plan.fault();
    }
    // All but the slots' buffers, which nothing reads before they are
    // published; the magic goes first and comes last.
    std::memset(memory.data(), 0, plan->slots_at);
    // SAFETY: aligned to a line, and the plan says it fits; zeroed atomics
    // hold 0.
    auto* head = new (memory.data()) Head();
    head->version = kLayoutVersion;
    head->epoch = random != 0 ? random : 1;
    head->plan = *plan;
    Zone zone(head);
    for (size_t i = 0; i < plan->stations; i++) {
        // SAFETY: the plan put slots at multiples of a line.
        auto* slot = new (static_cast<void*>(&zone.slot_head(i))) SlotHead();
        slot->due.store(kNever, kRelaxed);
        SlotWriter::buffers_of(zone.slot(i)).clear();
    }
    head->magic.store(kZoneMagic, kRelease);
    return zone;
}

Result<Zone> Zone::open(Bytes memory, const Options& options)
{
    memory = aligned(memory);
    Result<Plan> plan = plan_of(memory.size(), options);
    if (!plan) {
        return Fault::kLayoutChanged;
    }
    // SAFETY: large enough by its plan; only believed after the magic.
    auto* head = reinterpret_cast<Head*>(memory.data());
    if (head->magic.load(kAcquire) != kZoneMagic ||
        head->version != kLayoutVersion || head->plan != *plan) {
        return Fault::kLayoutChanged;
    }
    return Zone(head);
}

size_t Zone::inherit_scratch(const Zone& old) const
{
    return old.record_capacity() + record_capacity() + kScratchRoom;
}

size_t Zone::inherit(const Zone& old, const Author& author, Bytes scratch) const
{
    size_t taken = 0;
    Bytes theirs = scratch.first(old.record_capacity());
    for (size_t i = 0; i < old.stations(); i++) {
        Result<size_t> index = find_or_add(old.slot(i).name(), author);
        if (!index) {
            break;
        }
        Result<Kept> kept = SlotWriter::kept(old.slot(i), theirs);
        SlotWriter writer(slot(*index), author, Now());
        if (kept && writer.adopt(*kept, scratch.subspan(theirs.size()))) {
            taken++;
        }
    }
    return taken;
}

uint32_t Zone::epoch() const
{
    return head_->epoch;
}

size_t Zone::capacity() const
{
    return head_->plan.stations;
}

size_t Zone::stations() const
{
    return head_->names.load(kAcquire);
}

size_t Zone::record_capacity() const
{
    return head_->plan.record_capacity;
}

size_t Zone::history() const
{
    return head_->plan.history;
}

Slot Zone::slot(size_t index) const
{
    return Slot(head_, &slot_head(index));
}

SlotHead& Zone::slot_head(size_t index) const
{
    // SAFETY: the plan put a SlotHead at each of these places.
    auto* base = reinterpret_cast<uint8_t*>(head_);
    return *reinterpret_cast<SlotHead*>(base + head_->plan.slots_at +
                                        index * head_->plan.slot_size);
}

uint64_t Zone::changes() const
{
    return head_->changes.load(kAcquire);
}

poller::Lease& Zone::lease() const
{
    return head_->lease;
}

std::atomic<uint64_t>& Zone::saved() const
{
    return head_->saved;
}

std::atomic<uint64_t>& Zone::saved_as() const
{
    return head_->saved_as;
}

std::atomic<uint64_t>& Zone::times_full() const
{
    return head_->times_full;
}

std::atomic<uint64_t>& Zone::hurries() const
{
    return head_->hurries;
}

size_t Zone::polls() const
{
    size_t count = 0;
    while (count < kMaxPolls && head_->polls[count].key.load(kAcquire) != 0) {
        count++;
    }
    return count;
}

PollEntry& Zone::poll(size_t index) const
{
    return head_->polls[index];
}

// Entries are taken in order, so whoever comes second for a key meets it.
Result<PollEntry*> Zone::find_or_add_poll(uint32_t key, std::string_view name)
{
    for (PollEntry& entry : head_->polls) {
        uint32_t seen = 0;
        if (!entry.key.compare_exchange_strong(seen, key,
                                               std::memory_order_acq_rel) &&
            seen != key) {
            continue;
        }
        // Again by anyone who finds it unnamed: who took it may have died.
        if (entry.name_size.load(kAcquire) == 0) {
            std::string_view kept = cut(name, sizeof(entry.name));
            for (size_t i = 0; i < kept.size(); i++) {
                std::atomic_ref<char>(entry.name[i]).store(kept[i], kRelaxed);
            }
            entry.name_size.store(static_cast<uint32_t>(kept.size()), kRelease);
        }
        return &entry;
    }
    return Fault::kTooMany;
}

Bytes Zone::beside() const
{
    // SAFETY: the plan put that many bytes there, aligned to a line.
    auto* base = reinterpret_cast<uint8_t*>(head_) + head_->plan.beside_at;
    return {base, static_cast<size_t>(head_->plan.beside)};
}

Addresses Zone::addresses() const
{
    // SAFETY: the plan put that many zeroed words there, aligned to a line.
    auto* base = reinterpret_cast<uint8_t*>(head_) + head_->plan.addresses_at;
    return {head_->counts,
            {reinterpret_cast<std::atomic<uint64_t>*>(base),
             static_cast<size_t>(head_->plan.address_words)}};
}

}  // namespace onair::slot
