// Character sets by the names that encoders and old servers send, turned into
// UTF-8 before the repair kit. A list of names on purpose: what a stranger
// names never reaches the library, and sets with a state of their own
// (ISO-2022, UTF-7) are none. UTF-16 may begin with a byte order mark, which
// goes. Latin-1 is read as Windows-1252, as everywhere; the rest is iconv's
// work. Hostile input.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace onair::source {

class Charset {
  public:
    constexpr Charset() = default;  // UTF-8, or nothing said

    constexpr bool is_utf8() const { return index_ == 0; }
    bool is_utf16() const;

    // The text as UTF-8, in the arena or where it is: at most kGrowth times as
    // long. What is no character there becomes U+FFFD; one that is cut off at
    // the end goes. data() is nullptr when the arena is full.
    std::string_view to_utf8(std::string_view text, Arena& arena) const;

    // Whether a text that is said to be in this set is UTF-8 in spite of that.
    // By chance none is: past ASCII its bytes are no UTF-8, or, in UTF-16,
    // there are control bytes among them.
    bool is_utf8_after_all(std::string_view text) const;

    static constexpr size_t kGrowth = 3;

  private:
    friend std::optional<Charset> charset_of(std::string_view name);
    explicit constexpr Charset(uint8_t index) : index_(index) {}

    uint8_t index_ = 0;
};

// Has iconv load what it needs for every set, once a process and before it
// runs: afterwards nothing here allocates or opens a file. One that this
// system's iconv does not have is not known then.
void open_charsets();

// In any case, with dashes or without ("windows-1251", "CP1251"). None where
// the name is not known; an empty name says nothing and is UTF-8.
std::optional<Charset> charset_of(std::string_view name);

// It begins with a byte order mark of UTF-16.
bool has_wide_mark(std::string_view text);

// The same characters in every set that is known: no byte past ASCII, nor one
// that begins something else.
bool is_plain_ascii(std::string_view text);

// The value of `charset=` in a media type ("text/html; charset=koi8-r"); empty
// where there is none.
std::string_view charset_in(std::string_view media_type);

}  // namespace onair::source
