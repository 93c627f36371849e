// The zone: shared memory that holds the stations of a server. Fixed layout
// made once, no pointers, no allocation and no lock at run time; outlives HUP.
//
//   head | lease | poll entries | directory | slots
//
// A slot has two buffers and one published word (generation, index, length)
// with a checksum, so that a writer that dies at any step leaves the last good
// record in force. One writer at a time claims a slot by pid; the claim of a
// dead process is taken over. Readers never wait: they copy, check, retry a
// bounded number of times and else keep what they have.
//
// A Zone and a Slot are views: cheap to copy, own nothing, valid as long as
// the mapping. Any process may call anything at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/station.h"
#include "base/time.h"
#include "poller/lease.h"
#include "slot/state.h"

namespace onair::slot {

struct Options {
    size_t stations = 0;  // 0: as many as fit with 32 KB each
    size_t history = 10;  // tracks kept, the present one not counted; 0 to 50
    bool operator==(const Options&) const = default;
};

struct Now {
    Ticks ticks = 0;
    UnixMs unix_ms = 0;
};

// Who writes, and how a dead writer is known.
struct Author {
    uint32_t pid = 0;
    poller::IsGone is_gone = nullptr;
};

// What the operator says of one source; stored with its reports, so that any
// worker can judge them later.
struct Source {
    uint32_t key = 0;       // names the source in the zone; not 0
    uint8_t priority = 0;   // 0 is asked first
    uint32_t stale_ms = 15000;
    uint32_t offline_ms = 120000;
    uint32_t hold_ms = 10000;  // how long a better source must be good again
                               // before it takes over
    uint32_t delay_ms = 0;
    uint32_t listeners_ms = 3000;  // least time between changes of counts only
};

enum class Told : uint8_t {
    kNothing,  // no subscriber has to know
    kChange,   // seq grew: wake the workers
};

class Slot {
  public:
    std::string_view name() const;
    // The change subscribers were last told of; 0: none yet. One atomic load.
    uint64_t seq() const;

    // Copies the published record to `buffer` (record_capacity() bytes) and
    // unpacks it; the state views buffer and arena. An empty slot is a state
    // with seq 0. Faults: kTorn (try again later, nothing is lost), kNoMemory.
    Result<State> read(Bytes buffer, Arena& arena) const;

    // A source's whole answer about this station. `subscribers` is put in the
    // snapshot's page member. `scratch` is 2 * record_capacity() + 16 KB.
    // Faults: kBusy (another worker is writing: try again in a moment).
    Result<Told> report(const Report& report, const Source& source,
                        uint32_t subscribers, const Now& now,
                        const Author& author, Bytes scratch);
    // The source answered, whole and good, and this station was not in it.
    Result<Told> missing(const Source& source, uint32_t subscribers,
                         const Now& now, const Author& author, Bytes scratch);
    // The source could not be asked: state kept, time goes on. And the tick:
    // whether time alone changes what is told (stale, offline, a held-back
    // count, a better source). Cheap when nothing is due.
    Result<Told> settle(uint32_t subscribers, const Now& now,
                        const Author& author, Bytes scratch);

    // Keys of the sources that have ever reported here.
    bool knows(uint32_t source_key) const;
    // Age of the last good report of any source; -1: none.
    int64_t age(Ticks now) const;
};

class Zone {
  public:
    // Bytes that `options` need at the least; with options.stations 0, for one.
    static size_t least_size(const Options& options);

    // Formats the memory. `random` makes the epoch (never 0).
    // Fault: kZoneTooSmall.
    static Result<Zone> create(Bytes memory, const Options& options,
                               uint32_t random);
    // Takes memory that create() made, perhaps in another life of the server.
    // Fault: kLayoutChanged (magic, version, sizes or options differ).
    static Result<Zone> open(Bytes memory, const Options& options);

    uint32_t epoch() const;
    size_t capacity() const;
    size_t stations() const;         // names taken; only grows
    size_t record_capacity() const;  // bytes of one record
    size_t history() const;

    // Slots are numbered 0 .. stations()-1 in the order of their birth.
    Slot slot(size_t index) const;
    // Index of a name. kNotFound.
    Result<size_t> find(std::string_view name) const;
    // The same, taking a free slot if there is none yet.
    // Faults: kZoneFull (counted), kBadName.
    Result<size_t> find_or_add(std::string_view name, const Author& author);

    // Cheap for 1,000 stations: grows whenever any seq does.
    uint64_t changes() const;

    poller::Lease& lease() const;
    std::atomic<uint64_t>& times_full() const;
    // Grows with each "poll now" (publisher, feed, first subscriber).
    std::atomic<uint64_t>& hurries() const;
};

}  // namespace onair::slot
