// Making a record fit: room for what a zone keeps, and the packing into a
// buffer that may be too small for all of it. Called by a slot's writer.
#pragma once

#include <span>

#include "slot/record.h"

namespace onair::slot {

// Gives `record` room for its tracks and moments. False: no memory.
bool make_room(Record& record, size_t history, Arena& arena);

// Packs into `out`. Where the record does not fit it is made smaller: the
// originals go first, then the oldest tracks, then the oldest moments, then
// texts of the sources are cut, then those of the present. Returns the bytes
// used. `out` must hold kLeastRecord bytes; then this never fails.
inline constexpr size_t kLeastRecord = 1024;
size_t pack(Record& record, std::span<char> out);

}  // namespace onair::slot
