#include "room/history.h"

#include "slot/digest.h"

namespace onair::room {

using slot::Digest;

void History::reset() const
{
    head_->count.store(0, kRelaxed);
    head_->bytes.store(0, kRelaxed);
    head_->evicted.store(0, kRelaxed);
    head_->cleared.store(0, kRelaxed);
    for (size_t i = 0; i < count_; i++) {
        entries_[i].stamp.store(0, kRelaxed);
        entries_[i].seq.store(0, kRelaxed);
    }
}

void History::begin_anew(uint64_t evicted) const
{
    for (size_t i = 0; i < count_; i++) {
        entries_[i].stamp.store(0, kRelease);
        entries_[i].seq.store(0, kRelaxed);
    }
    head_->cleared.store(0, kRelaxed);
    head_->evicted.store(evicted, kRelease);
}

uint64_t History::newest() const
{
    uint64_t end = head_->count.load(kAcquire);
    const HistoryEntry& last = entry(end > 0 ? end - 1 : 0);
    return end > 0 && last.stamp.load(kAcquire) == end ? last.seq.load(kRelaxed)
                                                       : 0;
}

void History::append(uint64_t seq, const Keys& keys, ConstBytes packed) const
{
    if (packed.size() > longest()) {
        raise(head_->evicted, seq);
        return;
    }
    uint64_t ordinal = head_->count.fetch_add(1, kInOrder);
    HistoryEntry& e = entry(ordinal);
    // Whether the one before was whole does not matter: it goes.
    raise(head_->evicted, e.seq.load(kRelaxed));
    e.stamp.store(0, kRelaxed);
    size_t words = words_for(packed.size());
    uint64_t place = head_->bytes.fetch_add(words, kRelaxed);
    std::atomic_thread_fence(kRelease);
    Digest digest;
    digest.add(seq);
    digest.add(keys.from);
    for (size_t at = 0; at < packed.size(); at += sizeof(uint64_t)) {
        uint64_t one = word_of(packed, at);
        digest.add(one);
        words_[(place + at / sizeof(uint64_t)) % size_].store(one, kRelaxed);
    }
    e.seq.store(seq, kRelaxed);
    e.place.store(place, kRelaxed);
    e.size.store(packed.size(), kRelaxed);
    e.sum.store(digest.end(), kRelaxed);
    e.from.store(keys.from, kRelaxed);
    e.said.store(keys.said, kRelaxed);
    e.removed.store(0, kRelaxed);
    // One that was stopped for a lap finds another's stamp and leaves it.
    uint64_t none = 0;
    e.stamp.compare_exchange_strong(none, ordinal + 1,
                                    std::memory_order_acq_rel);
}

Result<ConstBytes> History::copy(uint64_t ordinal, Bytes out) const
{
    const HistoryEntry& e = entry(ordinal);
    size_t size = e.size.load(kRelaxed);
    uint64_t place = e.place.load(kRelaxed);
    if (size > longest() || size > out.size() ||
        head_->bytes.load(kRelaxed) - place > size_) {
        return Fault::kTorn;
    }
    Digest digest;
    digest.add(e.seq.load(kRelaxed));
    digest.add(e.from.load(kRelaxed));
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t one =
            words_[(place + at / sizeof(uint64_t)) % size_].load(kRelaxed);
        digest.add(one);
        std::memcpy(out.data() + at, &one,
                    std::min<size_t>(sizeof(one), size - at));
    }
    if (e.sum.load(kRelaxed) != digest.end()) {
        return Fault::kTorn;
    }
    return ConstBytes(out.first(size));
}

bool History::is_shown(uint64_t ordinal) const
{
    const HistoryEntry& e = entry(ordinal);
    return e.stamp.load(kAcquire) == ordinal + 1 &&
           e.removed.load(kRelaxed) == 0 &&
           e.seq.load(kRelaxed) > head_->cleared.load(kRelaxed);
}

// kNotFound: nothing to be shown, which is no loss. kTorn: lost.
Result<ConstBytes> History::read(uint64_t ordinal, Bytes out,
                                 uint64_t* seq) const
{
    if (!is_shown(ordinal)) {
        return Fault::kNotFound;
    }
    *seq = entry(ordinal).seq.load(kRelaxed);
    Result<ConstBytes> packed = copy(ordinal, out);
    std::atomic_thread_fence(kAcquire);
    if (entry(ordinal).stamp.load(kRelaxed) != ordinal + 1) {
        return Fault::kTorn;
    }
    return packed;
}

uint64_t History::first_of(uint64_t since, uint64_t until, size_t most,
                           uint64_t end) const
{
    uint64_t first = end;
    for (uint64_t i = end; i > oldest(end) && most > 0; i--) {
        uint64_t seq = entry(i - 1).seq.load(kRelaxed);
        if (is_shown(i - 1) && seq > since && seq <= until) {
            first = i - 1;
            most--;
        }
    }
    return first;
}

bool History::gap(uint64_t since, Bytes out) const
{
    uint64_t seen = std::max(since, head_->cleared.load(kRelaxed));
    if (head_->evicted.load(kAcquire) > seen) {
        return true;
    }
    uint64_t end = head_->count.load(kAcquire);
    for (uint64_t i = oldest(end); i < end; i++) {
        uint64_t seq = 0;
        Result<ConstBytes> packed = read(i, out, &seq);
        if (!packed.ok() && packed.fault() == Fault::kTorn && seq > seen) {
            return true;
        }
    }
    return false;
}

bool History::was_said(uint64_t key, size_t most) const
{
    uint64_t end = head_->count.load(kAcquire);
    for (uint64_t i = end; i > oldest(end) && most > 0; i--, most--) {
        if (is_shown(i - 1) && entry(i - 1).said.load(kRelaxed) == key) {
            return true;
        }
    }
    return false;
}

bool History::remove(uint64_t seq) const
{
    uint64_t end = head_->count.load(kAcquire);
    for (uint64_t i = oldest(end); i < end; i++) {
        if (is_shown(i) && entry(i).seq.load(kRelaxed) == seq) {
            entry(i).removed.store(1, kRelease);
            return true;
        }
    }
    return false;
}

size_t History::remove_from(uint64_t from) const
{
    size_t removed = 0;
    uint64_t end = head_->count.load(kAcquire);
    for (uint64_t i = oldest(end); i < end; i++) {
        if (is_shown(i) && entry(i).from.load(kRelaxed) == from) {
            entry(i).removed.store(1, kRelease);
            removed++;
        }
    }
    return removed;
}

}  // namespace onair::room
