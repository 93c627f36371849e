// Numbers, times and truths as sources write them into text. Pure functions.
// A text is read whole or not at all: what has anything behind its number (a
// group separator, a hexadecimal "x", a unit nobody knows) is "unknown", never
// a part of it, and never a fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace onair::source {

// A whole number of zero or more, also as "12.0" or "1.2e1", at most 2^53; -1:
// none.
int64_t count_of(std::string_view text);

// kbit/s, with or without its unit ("128", "128 kbps", "128000 bit/s"); where
// no unit is said, a number that can only be bit/s is divided by 1,000. -1:
// none, or 0.
int64_t bitrate_of(std::string_view text);

// Seconds with or without a fraction or an exponent ("200.5", "1.8e2") or
// "[h:]mm:ss", in milliseconds; -1: none, or 0.
int64_t duration_of(std::string_view text);

// ISO 8601 ("2026-11-21T19:29:10+0000", also with a blank for the T, slashes
// for the dashes, a fraction, "Z", "+01:00"), the e-mail form ("Sat, 21 Nov
// 2026 19:29:10 +0000") or Unix seconds (or milliseconds past 10^11) as a
// number, with an exponent or not. A time without a zone is `zone` seconds east
// of UTC, unknown where there is none. kNoTime: unknown.
UnixMs time_of(std::string_view text, std::optional<int> zone = std::nullopt);

// false for zero and for words such as "false", "off", "offline" and for
// nothing.
bool truth_of(std::string_view text);

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace onair::source
