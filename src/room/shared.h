// Small things in shared memory that several processes read while one writes:
// words that are copied one by one, so that no reader meets a data race. What
// is torn shows in a stamp or a digest beside them, never here.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace onair::room {

using Word = std::atomic<uint64_t>;
static_assert(Word::is_always_lock_free);
static_assert(sizeof(Word) == sizeof(uint64_t));

inline constexpr size_t kLine = 64;  // bytes that two writers must not share
inline constexpr auto kRelaxed = std::memory_order_relaxed;
inline constexpr auto kAcquire = std::memory_order_acquire;
inline constexpr auto kRelease = std::memory_order_release;
inline constexpr auto kInOrder = std::memory_order_seq_cst;

constexpr size_t words_for(size_t bytes)
{
    return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t);
}

inline uint64_t word_of(ConstBytes bytes, size_t at)
{
    uint64_t word = 0;
    size_t left = bytes.size() - at;
    copy_bytes(&word, bytes.data() + at, std::min(left, sizeof(word)));
    return word;
}

// Raises a word to `value`; never lowers it.
inline void raise(Word& word, uint64_t value)
{
    uint64_t seen = word.load(kRelaxed);
    while (seen < value && !word.compare_exchange_weak(
                               seen, value, std::memory_order_acq_rel)) {
    }
}

// A short text. Written by the owner of what it stands in.
template <size_t Most>
class SharedText {
  public:
    static_assert(Most % sizeof(uint64_t) == 0);

    void set(std::string_view text)
    {
        size_t size = std::min(text.size(), Most);
        for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
            words_[at / sizeof(uint64_t)].store(
                word_of(bytes_of(text.substr(0, size)), at), kRelaxed);
        }
        size_.store(size, kRelaxed);
    }

    // A copy in `out`, which has room for Most bytes.
    std::string_view get(std::span<char> out) const
    {
        size_t size = std::min<size_t>(size_.load(kRelaxed), Most);
        size = std::min(size, out.size());
        for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
            uint64_t word = words_[at / sizeof(uint64_t)].load(kRelaxed);
            std::memcpy(out.data() + at, &word,
                        std::min(sizeof(word), size - at));
        }
        return {out.data(), size};
    }

    bool is(std::string_view text) const
    {
        char out[Most];
        return get(out) == text;
    }

  private:
    Word size_;
    Word words_[Most / sizeof(uint64_t)];
};

}  // namespace onair::room
