// What a report changes in what is known of its source, as functions on a
// record: the first half of a slot's rules; settling.h is the second. Values
// in, values out; no shared memory here. Called by a slot's writer.
#pragma once

#include <cstdint>

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

}  // namespace onair::slot
