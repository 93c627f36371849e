#include "slot/slot.h"

#include <algorithm>

#include "slot/writer.h"

namespace onair::slot {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

std::string_view Slot::name() const
{
    return {head_->name, head_->name_size};
}

uint64_t Slot::seq() const
{
    return Published::of(head_->word.load(std::memory_order_acquire)).seq;
}

uint64_t Slot::version() const
{
    return head_->word.load(std::memory_order_acquire);
}

Result<State> Slot::read(Bytes buffer, Arena& arena) const
{
    if (buffer.size() < zone_->plan.record_capacity) {
        return Fault::kNoMemory;
    }
    State state;
    state.station = name();
    uint64_t word = 0;
    Result<ConstBytes> bytes =
        SlotWriter::buffers_of(*this).read(buffer, &word);
    if (bytes && bytes->empty()) {
        return state;
    }
    Unpacked done =
        bytes ? unpack(text_of(*bytes), arena, state) : Unpacked::kMalformed;
    if (done == Unpacked::kNoMemory) {
        return Fault::kNoMemory;
    }
    if (done == Unpacked::kMalformed) {
        // Whoever settles next repairs it, if it is not merely busy.
        head_->due.store(0, std::memory_order_release);
        return Fault::kTorn;
    }
    return state;
}

// The common case, for every station of every poll: this source said the very
// same before, was heard of lately, and time has not run out for anything.
bool Slot::nothing_new(const Source& source, uint64_t said, const Now& now)
{
    for (size_t i = 0; i < kMaxSources; i++) {
        if (head_->said[i].load(std::memory_order_acquire) != said) {
            continue;
        }
        Ticks good = head_->good[i].load(kRelaxed);
        if (head_->due.load(std::memory_order_acquire) <= now.ticks ||
            age_of(now.ticks, good) > source.stale_ms) {
            return false;
        }
        head_->good[i].store(std::max<Ticks>(now.ticks, 1), kRelaxed);
        return true;
    }
    return false;
}

Result<Told> Slot::report(const Report& report, const Source& source,
                          uint32_t subscribers, const Now& now,
                          const Author& author, Bytes scratch)
{
    uint64_t said = digest_of(report, source);
    if (nothing_new(source, said, now)) {
        return Told::kNothing;
    }
    return SlotWriter(*this, author, now)
        .write({&source, &report, said}, subscribers, scratch);
}

Result<Told> Slot::report_push(const Report& report, const Source& source,
                               uint32_t subscribers, const Now& now,
                               const Author& author, Bytes scratch)
{
    return SlotWriter(*this, author, now)
        .write({.source = &source,
                .report = &report,
                .said = digest_of(report, source),
                .is_push = true},
               subscribers, scratch);
}

Result<Told> Slot::report_elsewhere(const Report& report, const Source& source,
                                    uint64_t pushed, uint32_t subscribers,
                                    const Now& now, const Author& author,
                                    Bytes scratch)
{
    return SlotWriter(*this, author, now)
        .write({.source = &source,
                .report = &report,
                .said = digest_of(report, source),
                .pushed = &pushed},
               subscribers, scratch);
}

Result<Told> Slot::missing(const Source& source, uint32_t subscribers,
                           const Now& now, const Author& author, Bytes scratch)
{
    uint64_t said = digest_of_missing(source);
    if (!knows(source.key) || nothing_new(source, said, now)) {
        return Told::kNothing;
    }
    return SlotWriter(*this, author, now)
        .write({&source, nullptr, said}, subscribers, scratch);
}

Result<Told> Slot::settle(uint32_t subscribers, const Now& now,
                          const Author& author, Bytes scratch)
{
    if (head_->due.load(std::memory_order_acquire) > now.ticks) {
        return Told::kNothing;
    }
    return SlotWriter(*this, author, now).write({}, subscribers, scratch);
}

void Slot::push() const
{
    head_->pushed.fetch_add(1, std::memory_order_acq_rel);
    zone_->elsewhere.pushed.fetch_add(1, std::memory_order_acq_rel);
}

std::atomic<uint64_t>& Slot::pushed() const
{
    return head_->pushed;
}

std::atomic<uint64_t>& Slot::crossed() const
{
    return head_->crossed;
}

bool Slot::knows(uint32_t source_key) const
{
    return source_key != 0 &&
           std::any_of(std::begin(head_->keys), std::end(head_->keys),
                       [source_key](const std::atomic<uint32_t>& key) {
                           return key.load(kRelaxed) == source_key;
                       });
}

Ticks Slot::heard_of(uint32_t source_key) const
{
    for (size_t i = 0; i < kMaxSources; i++) {
        if (head_->keys[i].load(kRelaxed) == source_key) {
            return head_->good[i].load(kRelaxed);
        }
    }
    return 0;
}

int64_t Slot::age(Ticks now) const
{
    Ticks last = 0;
    for (const std::atomic<uint64_t>& good : head_->good) {
        last = std::max(last, good.load(kRelaxed));
    }
    return last == 0 ? -1 : static_cast<int64_t>(age_of(now, last));
}

}  // namespace onair::slot
