// Times are always arguments: the core reads no clock.
#pragma once

#include <cstdint>

namespace onair {

// Milliseconds of a monotonic clock that all processes of the machine share
// (ngx_current_msec): for leases, intervals and ages.
using Ticks = uint64_t;

// Milliseconds since 1970 UTC: for everything a listener is told.
using UnixMs = int64_t;

inline constexpr UnixMs kNoTime = 0;

// The same moment by both clocks.
struct Now {
    Ticks ticks = 0;
    UnixMs unix_ms = 0;
};

}  // namespace onair
