// What publishers said last of a station, out of its record: what is told to
// other machines. And the short forms by which it is known whether that is new
// to them.
#pragma once

#include <array>

#include "slot/record.h"
#include "slot/slot.h"

namespace onair::slot {

// What one source of publishers said last, as a report that says it again. Its
// original is left out.
struct Pushed {
    Source source;
    Ticks good = 0;  // when it was heard last
    Report report;   // LIFETIME: the scratch memory
};

struct PushedSources {
    std::array<Pushed, kMaxSources> all;
    size_t count = 0;
};

// Scratch is record_capacity() + kScratchRoom bytes. Faults: kTorn (try again
// later), kNoMemory.
Result<PushedSources> read_pushed(const Slot& slot, Bytes scratch);

// What subscribers are told is on, where a publisher said so.
struct PushedTrack {
    bool believed = false;
    Track now;  // LIFETIME: the scratch memory; empty: nothing is on
};
// Scratch and faults as read_pushed().
Result<PushedTrack> read_pushed_track(const Slot& slot, Bytes scratch);

// Digests of all that a report says but its counts, without when its track
// began; and of these. Never 0; equal on every machine of one byte order.
uint64_t digest_of_state(const Report& report);
uint64_t digest_of_counts(const Report& report);

}  // namespace onair::slot
