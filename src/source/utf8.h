// UTF-8 (RFC 3629) one character at a time, over bytes that may be anything.
// Any stage's text passes here once; pure functions, any process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace onair::source {

struct Utf8Char {
    char32_t code = 0;
    size_t size = 0;   // bytes; 0: no valid character begins here
    bool cut = false;  // size is 0 only because the text ends too early
};

// The character at the begin of a text that is not empty. Overlong forms,
// surrogates and numbers past U+10FFFF are not valid.
Utf8Char first_char(std::string_view text);

// Appends one character; `code` is neither a surrogate nor past U+10FFFF.
void put_utf8(Writer& out, char32_t code);

constexpr size_t utf8_size(char32_t code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

// The whole text is valid.
bool is_utf8(std::string_view text);

}  // namespace onair::source
