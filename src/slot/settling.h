// The rules of a slot, as functions on its record: what a report changes in
// what is known of its source, and what of all that subscribers are told.
// Values in, decision out; no shared memory here. Called by a slot's writer.
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

// Short form of a whole report with its source's options, without the
// source's history: equal reports have nothing new to say. Never 0.
uint64_t digest_of(const Report& report, const Source& source);
// The same for an answer that did not name the station.
uint64_t digest_of_missing(const Source& source);

// The entry of a source, a free one, or else that of the source (not the one
// in force) that was good the longest time ago.
size_t entry_for(const Record& record, uint32_t key);

// Puts a report into its source's entry; texts go on viewing the report.
void hear(Record& record, size_t index, const Report& report,
          const Source& source, Ticks now);
// The source answered without this station: off air.
void hear_missing(Record& record, size_t index, const Source& source,
                  Ticks now);

struct Limits {
    size_t history = 10;
    size_t moments = kMaxMoments;
};

struct Settled {
    bool told = false;     // seq grew by one
    bool changed = false;  // the record has to be published
    Ticks due = kNever;    // when time alone may have more to tell
};

// Decides what is told at `now`. `offered` is the history of the report just
// heard (from entry `from`); it is taken over where ours is empty.
struct Offer {
    int from = -1;
    std::span<const Track> history;
};
Settled settle(Record& record, const Offer& offer, const Limits& limits,
               uint32_t subscribers, const Now& now);

}  // namespace onair::slot
