// What subscribers are told of what the sources said, as a function on a
// record: the second half of a slot's rules, behind hearing.h. Values in,
// decision out; no shared memory here. Called by a slot's writer.
//
// A title goes only when the stream that said it takes it back; a stream that
// (re)started without one keeps the last track on the page until it has run
// offline_ms without a title. While stale or offline the last track stays.
// Counts alone are told at most every listeners_ms; a peak alone never.
#pragma once

#include <cstdint>

#include "slot/merge.h"
#include "slot/record.h"
#include "slot/source.h"

namespace onair::slot {

// What a record of this zone may hold.
struct RecordLimits {
    size_t history = 10;
    size_t moments = kMaxMoments;
};

struct Settled {
    bool told = false;     // seq grew by one
    bool changed = false;  // the record has to be published
    Ticks due = kNever;    // when time alone may have more to tell
};

// The history of the report just heard. It is taken over where ours is empty.
struct HeardHistory {
    int from = -1;  // the entry of its source; -1: none was heard
    std::span<const Track> tracks;
};
// Decides what is told at `now`.
Settled settle(Record& record, const HeardHistory& heard,
               const RecordLimits& limits, uint32_t subscribers,
               const Now& now);

}  // namespace onair::slot
