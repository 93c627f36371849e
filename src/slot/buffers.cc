#include "slot/buffers.h"

#include <algorithm>
#include <cassert>

#include "slot/digest.h"

namespace onair::slot {

namespace {

constexpr int kTries = 16;
constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

BufferHead& Buffers::head(uint32_t index) const
{
    uint8_t* at = first_ + index * size_for(capacity_);
    // SAFETY: the zone's plan put a BufferHead, aligned to 16, at both places.
    return *reinterpret_cast<BufferHead*>(at);
}

std::atomic<uint64_t>* Buffers::words(uint32_t index) const
{
    uint8_t* at = first_ + index * size_for(capacity_) + sizeof(BufferHead);
    // SAFETY: aligned to 16; lock-free atomics of the size of their value, of
    // which any bytes are a value; nothing reaches these bytes otherwise.
    return reinterpret_cast<std::atomic<uint64_t>*>(at);
}

void Buffers::clear()
{
    head(0).stamp.store(0, kRelaxed);
    head(1).stamp.store(0, kRelaxed);
}

// Relaxed loads: what was overwritten meanwhile shows in the digest, so no
// order among them is needed, only that each is one word of somebody's.
bool Buffers::copy(uint32_t index, uint64_t stamp, size_t length,
                   Bytes out) const
{
    if (length > capacity_ || length > out.size()) {
        return false;
    }
    const BufferHead& h = head(index);
    if (h.stamp.load(kRelaxed) != stamp) {
        return false;
    }
    const std::atomic<uint64_t>* from = words(index);
    Digest digest;
    digest.add(stamp);
    for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
        uint64_t one = from[at / sizeof(uint64_t)].load(kRelaxed);
        digest.add(one);
        std::memcpy(out.data() + at, &one, sizeof(one));
    }
    return h.sum.load(kRelaxed) == digest.end();
}

Result<ConstBytes> Buffers::read(Bytes out, uint64_t* word) const
{
    for (int i = 0; i < kTries; i++) {
        *word = this->word();
        if (*word == 0) {
            return ConstBytes{};
        }
        Published p = Published::of(*word);
        if (copy(p.index, *word, p.length, out)) {
            return ConstBytes(out.first(p.length));
        }
        if (*word == this->word()) {
            break;  // not overtaken but spoiled: trying again is no use
        }
    }
    return Fault::kTorn;
}

Result<ConstBytes> Buffers::read_other(Bytes out, uint64_t word) const
{
    uint32_t index = 1 - Published::of(word).index;
    uint64_t stamp = head(index).stamp.load(kRelaxed);
    Published p = Published::of(stamp);
    if (stamp == 0 || p.index != index || p.seq > Published::of(word).seq ||
        !copy(index, stamp, p.length, out)) {
        return Fault::kTorn;
    }
    return ConstBytes(out.first(p.length));
}

Outcome Buffers::publish(ConstBytes record, uint64_t seq, uint64_t expected,
                         uint32_t writer)
{
    Published was = Published::of(expected);
    constexpr size_t kUnit = Published::kUnit;
    size_t length = (record.size() + kUnit - 1) / kUnit * kUnit;
    assert(length <= capacity_);
    // An odd step goes through all generations before it meets one again.
    Published is = {seq, was.generation + 2 * writer + 1,
                    expected == 0 ? 0 : 1 - was.index, length};
    uint64_t stamp = is.word();

    BufferHead& h = head(is.index);
    std::atomic<uint64_t>* to = words(is.index);
    Digest digest;
    digest.add(stamp);
    h.stamp.store(stamp, kRelaxed);
    for (size_t at = 0; at < length; at += sizeof(uint64_t)) {
        uint64_t one = 0;
        if (at < record.size()) {
            std::memcpy(&one, record.data() + at,
                        std::min(sizeof(one), record.size() - at));
        }
        digest.add(one);
        to[at / sizeof(uint64_t)].store(one, kRelaxed);
    }
    h.sum.store(digest.end(), kRelaxed);
    // The exchange releases all of the above to whoever acquires the word.
    if (!word_->compare_exchange_strong(expected, stamp,
                                        std::memory_order_acq_rel)) {
        return Fault::kFenced;
    }
    return Done{};
}

}  // namespace onair::slot
