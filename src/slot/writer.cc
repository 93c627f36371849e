#include "slot/writer.h"

#include <algorithm>

#include "slot/fitting.h"

namespace onair::slot {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kRelease = std::memory_order_release;

// In a small record moments must leave room for what they are moments of.
size_t moments_for(size_t capacity)
{
    return std::clamp<size_t>(capacity / 128, 8, kMaxMoments);
}

// Ticks of a clock that stands elsewhere now; 0, which is never, stays that.
Ticks moved(Ticks then, int64_t by)
{
    auto step = static_cast<uint64_t>(by);
    if (then == 0 || (by < 0 && then <= 0 - step)) {
        return then == 0 ? 0 : 1;
    }
    return then + step;
}

}  // namespace

Buffers SlotWriter::buffers_of(const Slot& slot)
{
    // SAFETY: the plan puts the first buffer right behind the SlotHead.
    auto* first = reinterpret_cast<uint8_t*>(slot.head_ + 1);
    return {slot.head_->word, first,
            static_cast<size_t>(slot.zone_->plan.record_capacity)};
}

// A claim with our own pid is that of a process of the same number that died:
// this one writes with one thread.
bool SlotWriter::claim()
{
    uint32_t seen = head_->claim.load(std::memory_order_acquire);
    if (seen != 0 && seen != author_.pid &&
        (author_.is_gone == nullptr || !author_.is_gone(seen))) {
        return false;
    }
    return head_->claim.compare_exchange_strong(seen, author_.pid,
                                                std::memory_order_acq_rel);
}

void SlotWriter::release()
{
    uint32_t mine = author_.pid;
    head_->claim.compare_exchange_strong(mine, 0, std::memory_order_acq_rel);
}

Result<Told> SlotWriter::write(const Heard& heard, uint32_t subscribers,
                               Bytes scratch)
{
    if (scratch.size() < 2 * zone_->plan.record_capacity + kScratchRoom) {
        return Fault::kNoMemory;
    }
    if (!claim()) {
        return Fault::kBusy;
    }
    // Before and after: whoever dies in between has been heard by all or none.
    // With the claim: nobody who decides by it writes over what is not told.
    if (heard.is_push) {
        Slot(zone_, head_).push();
    }
    bool holds = heard.pushed == nullptr ||
                 head_->pushed.load(std::memory_order_acquire) == *heard.pushed;
    Result<Told> told =
        holds ? write_claimed(heard, subscribers, scratch) : Fault::kBusy;
    if (heard.is_push) {
        Slot(zone_, head_).push();
    }
    release();
    return told;
}

// What is in force, else what was before it, else nothing.
void SlotWriter::load(Record& record, Bytes buffer)
{
    const Record fresh = record;
    Result<ConstBytes> bytes = buffers_.read(buffer, &word_);
    if (bytes && (bytes->empty() || unpack(text_of(*bytes), record))) {
        return;
    }
    distrust();
    record = fresh;
    bytes = buffers_.read_other(buffer, word_);
    if (!bytes || !unpack(text_of(*bytes), record)) {
        record = fresh;
    }
    record.lost_seq = Published::of(word_).seq;
}

// Every source has to say everything again, and whoever settles next looks.
void SlotWriter::distrust()
{
    for (std::atomic<uint64_t>& said : head_->said) {
        said.store(0, kRelaxed);
    }
    head_->due.store(0, kRelease);
}

Result<Told> SlotWriter::write_claimed(const Heard& heard, uint32_t subscribers,
                                       Bytes scratch)
{
    size_t capacity = zone_->plan.record_capacity;
    Arena arena(scratch.subspan(2 * capacity));
    Record record;
    if (!make_room(record, zone_->plan.history, arena)) {
        return Fault::kNoMemory;
    }
    load(record, scratch.first(capacity));
    for (size_t i = 0; i < kMaxSources; i++) {
        record.sources[i].last_good = head_->good[i].load(kRelaxed);
    }

    size_t index = 0;
    HeardHistory history;
    if (heard.source != nullptr) {
        index = entry_for(record, heard.source->key);
        if (heard.report != nullptr) {
            hear(record, index, *heard.report, *heard.source, now_.ticks);
            history = {static_cast<int>(index), heard.report->history};
        } else if (record.sources[index].source.key == heard.source->key) {
            hear_missing(record, index, *heard.source, now_.ticks);
        }
    }
    RecordLimits limits = {static_cast<size_t>(zone_->plan.history),
                           moments_for(capacity)};
    Settled settled = settle(record, history, limits, subscribers, now_);
    if (heard.source != nullptr || settled.changed) {
        Outcome done =
            publish(record, heard, index, scratch.subspan(capacity, capacity));
        if (!done) {
            return Fault::kBusy;
        }
    }
    return finish(settled.due);
}

// `due` and `said` are taken back before and set after: a writer that dies in
// between leaves a slot that is looked at again, never one that looks settled.
Outcome SlotWriter::publish(Record& record, const Heard& heard, size_t index,
                            Bytes buffer)
{
    head_->due.store(0, kRelease);
    if (heard.source != nullptr) {
        head_->said[index].store(0, kRelease);
    }
    // SAFETY: char may alias any object.
    std::span<char> out{reinterpret_cast<char*>(buffer.data()), buffer.size()};
    size_t size = pack(record, out);
    Outcome done = buffers_.publish(buffer.first(size), record.at().seq, word_,
                                    author_.pid);
    if (!done) {
        distrust();
        return done;
    }
    word_ = buffers_.word();
    for (size_t i = 0; i < kMaxSources; i++) {
        head_->keys[i].store(record.sources[i].source.key, kRelaxed);
    }
    if (heard.source != nullptr) {
        head_->good[index].store(std::max<Ticks>(now_.ticks, 1), kRelaxed);
        head_->said[index].store(heard.said, kRelease);
    }
    return done;
}

Result<Kept> SlotWriter::kept(const Slot& slot, Bytes buffer)
{
    uint64_t word = 0;
    Result<ConstBytes> bytes = buffers_of(slot).read(buffer, &word);
    if (!bytes) {
        return bytes.fault();
    }
    Kept kept = {*bytes};
    for (size_t i = 0; i < kMaxSources; i++) {
        kept.good[i] = slot.head_->good[i].load(kRelaxed);
    }
    return kept;
}

// No digest of what was said is taken over: a smaller record may not hold it,
// so each source says everything once more.
Outcome SlotWriter::adopt(const Kept& kept, Bytes scratch)
{
    size_t capacity = zone_->plan.record_capacity;
    Arena arena(scratch.subspan(capacity));
    Record record;
    if (kept.record.empty() || !make_room(record, kMaxHistory, arena) ||
        !unpack(text_of(kept.record), record)) {
        return Fault::kTorn;
    }
    record.track_count =
        std::min<size_t>(record.track_count, zone_->plan.history + 1);
    record.last_told = moved(record.last_told, kept.moved_ms);
    for (size_t i = 0; i < kMaxSources; i++) {
        SourceEntry& entry = record.sources[i];
        entry.good_since = moved(entry.good_since, kept.moved_ms);
        entry.untitled = moved(entry.untitled, kept.moved_ms);
        head_->good[i].store(moved(kept.good[i], kept.moved_ms), kRelaxed);
    }
    head_->announced.store(record.at().seq, kRelaxed);
    return publish(record, {}, 0, scratch.first(capacity));
}

// Raises `changes` for our own change or for one whose writer died before it
// could; then the slot is settled until `due`.
Told SlotWriter::finish(Ticks due)
{
    uint64_t seq = Published::of(word_).seq;
    Told told = Told::kNothing;
    if (head_->announced.load(kRelaxed) != seq) {
        zone_->changes.fetch_add(1, std::memory_order_acq_rel);
        head_->announced.store(seq, kRelease);
        told = Told::kChange;
    }
    head_->due.store(due, kRelease);
    return told;
}

}  // namespace onair::slot
