// Which of a station's sources is believed, and what that makes of its
// status. A pure function of values: no memory, no clock. Called by whoever
// writes a slot.
//
// A source is fresh while it says "on air" and its last good answer is at most
// stale_ms old.
//   - The present source stays while it is fresh, unless a better one (lower
//     priority) has been good without a break for its hold_ms.
//   - Else the best fresh one takes over at once.
//   - None fresh: stale while the present one (or where that says to be off
//     air the best other) is at most offline_ms old; then offline. A stale
//     title does not give way to another stale one.
//   - None on air by its own word: offline at once.
#pragma once

#include <cstdint>
#include <span>

#include "base/station.h"
#include "base/time.h"

namespace onair::slot {

inline constexpr Ticks kNever = UINT64_MAX;

struct Candidate {
    uint8_t priority = 0;
    bool on_air = false;  // as it last said
    Ticks last_good = 0;
    Ticks good_since = 0;  // on air and good without a break
    uint32_t stale_ms = 0;
    uint32_t offline_ms = 0;
    uint32_t hold_ms = 0;
};

struct Choice {
    int index = -1;  // -1: there is no candidate
    Status status = Status::kOffline;
    Ticks due = kNever;  // when time alone may make another choice
};

// `present` is the index of the source in force, -1 for none.
Choice choose(std::span<const Candidate> all, int present, Ticks now);

// Ages never run negative: the clocks of two workers differ by some
// milliseconds.
constexpr Ticks age_of(Ticks now, Ticks then)
{
    return now > then ? now - then : 0;
}

}  // namespace onair::slot
