// Numbers, times and truths as sources write them into text. Pure functions;
// what cannot be read is "unknown", never a fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"

namespace onair::source {

// A whole number of zero or more at the begin of the text ("12", "12.0",
// "128 kbps"), at most 2^53; -1: none.
int64_t count_of(std::string_view text);

// kbit/s: a number that can only be bit/s is divided by 1,000. -1: none, or 0.
int64_t bitrate_of(std::string_view text);

// Seconds with or without a fraction ("200.5") or "[h:]mm:ss", in
// milliseconds; -1: none, or 0.
int64_t duration_of(std::string_view text);

// ISO 8601 ("2026-11-21T19:29:10+0000", also with a blank for the T, slashes
// for the dashes, a fraction, "Z", "+01:00"), the e-mail form ("Sat, 21 Nov
// 2026 19:29:10 +0000") or Unix seconds (or milliseconds past 10^11) as a
// number. A time without a zone is `zone` seconds east of UTC, unknown where
// there is none. kNoTime: unknown.
UnixMs time_of(std::string_view text, std::optional<int> zone = std::nullopt);

// false for words such as "0", "false", "off", "offline" and for nothing.
bool truth_of(std::string_view text);

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace onair::source
