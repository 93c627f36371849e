// A few words in shared memory that are taken whole or not at all: they end
// with a digest of themselves. Any process may write over them at any time, as
// one that was stopped and goes on late does; that shows.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "slot/digest.h"

namespace onair::sound {

template <size_t kWords>
class Sealed {
  public:
    using Words = std::array<uint64_t, kWords>;

    void write(const Words& words)
    {
        slot::Digest digest;
        for (size_t i = 0; i < kWords; i++) {
            digest.add(words[i]);
            words_[i].store(words[i], std::memory_order_relaxed);
        }
        sum_.store(digest.end(), std::memory_order_relaxed);
    }

    // False: nobody has written it, or more than one at once.
    bool read(Words* out) const
    {
        slot::Digest digest;
        for (size_t i = 0; i < kWords; i++) {
            (*out)[i] = words_[i].load(std::memory_order_relaxed);
            digest.add((*out)[i]);
        }
        return sum_.load(std::memory_order_relaxed) == digest.end();
    }

  private:
    std::atomic<uint64_t> words_[kWords];
    std::atomic<uint64_t> sum_;
};

}  // namespace onair::sound
