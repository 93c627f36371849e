// UTF-8 (RFC 3629) over bytes that may be anything: no overlong form, no
// surrogate, at most U+10FFFF. Whole texts one character at a time, texts that
// arrive in pieces, and the cut between characters. Pure; any process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace onair {

struct Utf8Char {
    char32_t code = 0;
    size_t size = 0;   // bytes; 0: no valid character begins here
    bool cut = false;  // size is 0 only because the text ends too early
};

// The character at the begin of a text that is not empty.
Utf8Char first_char(std::string_view text);

// Appends one character; `code` is neither a surrogate nor past U+10FFFF.
void put_utf8(Writer& out, char32_t code);

constexpr size_t utf8_size(char32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

// The whole text is valid.
bool is_utf8(std::string_view text);

// The longest front of at most `most` bytes that ends between characters.
std::string_view cut(std::string_view text, size_t most);

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
    uint8_t need_ = 0;  // bytes the present character still wants
    uint8_t low_ = 0x80;
    uint8_t high_ = 0xbf;
};

}  // namespace onair
