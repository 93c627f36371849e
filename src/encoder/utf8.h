// UTF-8 (RFC 3629) that arrives in pieces: no overlong form, no surrogate, at
// most U+10FFFF. For what clients send; source/utf8.h reads whole texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace onair::encoder {

// Incremental: bytes may come in any pieces.
class Utf8 {
  public:
    // False at the first byte that cannot be UTF-8 any more.
    bool take(ConstBytes bytes) { return good(bytes) == bytes.size(); }

    // Takes bytes up to the first that cannot be UTF-8 any more and returns
    // how many they were; after fewer than bytes.size() only reset() helps.
    size_t good(ConstBytes bytes);

    // No character is waiting for its rest.
    bool complete() const { return need_ == 0; }
    void reset() { *this = Utf8(); }

  private:
    bool lead(uint8_t byte);

    uint8_t need_ = 0;  // bytes the present character still wants
    uint8_t low_ = 0x80;
    uint8_t high_ = 0xbf;
};

// The longest front of at most `limit` bytes that ends between characters.
std::string_view cut(std::string_view text, size_t limit);

}  // namespace onair::encoder
