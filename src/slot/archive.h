// The states of a zone as the bytes of a file, with which the next life of the
// server begins: after a restart, an upgrade, a reboot. Of this machine and
// this layout only, and hostile until looked at: the file is in reach of the
// workers, and the master reads it.
//
//   head | of each station: its size, name, ages of its sources, record
//
// Pure; called by the master (restore) and by any worker (the others).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "slot/zone.h"

namespace onair::slot {

// Bytes that archive() may need.
size_t archive_bound(const Zone& zone);
size_t archive_scratch(const Zone& zone);

// Writes what all stations hold at `now` and returns how many bytes that is.
// Faults: kNoMemory (`out` is smaller than archive_bound()), kTorn (somebody
// is writing a station: try again in a moment).
Result<size_t> archive(const Zone& zone, const Now& now, Bytes out);

// A station that went offline so long ago is not taken over: its place is free
// again.
inline constexpr UnixMs kForgottenMs = int64_t{31} * 86400000;

struct Restored {
    size_t stations = 0;  // in the archive, but for those forgotten
    size_t taken = 0;     // of them, for which there was room
};

// Takes over what an archive holds, as Zone::inherit() does; for a zone just
// created. `away_ms`: how long nobody has looked after the stations; they are
// older by that. Scratch: archive_scratch() bytes.
// Faults: kLayoutChanged (another version's, or none at all), kIncomplete
// (parts of it are missing or wrong); then nothing was taken.
Result<Restored> restore(const Zone& zone, ConstBytes archive, uint64_t away_ms,
                         const Now& now, const Author& author, Bytes scratch);

// Tells this zone what another that is in use beside it (that of the binary
// before or after an upgrade) has heard later, source by source, as if heard
// from the sources themselves. Stations it has no place for, and such as are
// being written, are left for the next time. Scratch and faults as of
// restore().
Outcome merge(const Zone& zone, ConstBytes archive, const Now& now,
              const Author& author, Bytes scratch);

}  // namespace onair::slot
