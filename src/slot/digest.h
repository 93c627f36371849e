// A 64-bit digest over words: the checksum of a record and the short form in
// which a report is compared with the one before. Against accident, not
// malice. Eight bytes a step, because each unchanged report of each poll is
// digested whole (base's hash() takes them one by one); never stored beyond
// the life of a zone. One changed word always changes the digest.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace onair::slot {

class Digest {
  public:
    void add(uint64_t word)
    {
        sum_ = std::rotl(sum_ ^ word, 29) * 0x9e3779b97f4a7c15u;
    }

    // The length goes in too: ("ab", "c") differs from ("a", "bc").
    void add(std::string_view text)
    {
        add(text.size());
        size_t at = 0;
        for (; text.size() - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
            add(word_at(text.data() + at, sizeof(uint64_t)));
        }
        if (at < text.size()) {
            add(word_at(text.data() + at, text.size() - at));
        }
    }

    // Never 0, so that 0 can mean "nothing".
    uint64_t end() const
    {
        uint64_t sum = hash_end(sum_);
        return sum != 0 ? sum : 1;
    }

  private:
    static uint64_t word_at(const char* bytes, size_t size)
    {
        uint64_t word = 0;
        std::memcpy(&word, bytes, size);
        return word;
    }

    uint64_t sum_ = kHashSeed;
};

}  // namespace onair::slot
