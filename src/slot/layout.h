// What the shared memory of a zone holds, byte for byte:
//
//   Head | addresses | directory | slots, each SlotHead | buffer | buffer
//
// and behind them what other stages keep in the zone (rooms), whose layout is
// theirs.
//
// Offsets only, no pointers. Every word that two processes may touch at once
// is a lock-free atomic; plain members are written before others may see them
// (by create(), or by the claimant of a name before the count of names grows).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "poller/lease.h"
#include "slot/addresses.h"
#include "slot/polls.h"
#include "slot/record.h"
#include "slot/roster.h"

namespace onair::slot {

static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<uint32_t>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint64_t>) == sizeof(uint64_t));
static_assert(kAddressReach > kMaxWorkers);

inline constexpr uint64_t kZoneMagic = 0x6f6e616972207a31u;  // "onair z1"
inline constexpr uint32_t kLayoutVersion = 7;
inline constexpr size_t kLine = 64;  // bytes that two writers must not share

// Where the parts are; a function of size and options alone.
struct Plan {
    uint64_t size = 0;
    uint64_t asked_stations = 0;
    uint64_t stations = 0;
    uint64_t history = 0;
    uint64_t address_words = 0;    // a power of two
    uint64_t directory_words = 0;  // a power of two, twice the stations
    uint64_t addresses_at = 0;
    uint64_t directory_at = 0;
    uint64_t slots_at = 0;
    uint64_t slot_size = 0;
    uint64_t record_capacity = 0;  // a multiple of 16
    uint64_t beside_at = 0;        // of other stages
    uint64_t beside = 0;           // bytes
    bool operator==(const Plan&) const = default;
};

// How the zone's stations stand with those of other machines; written by the
// worker that has the connection to the engine, but for `pushed`.
struct Elsewhere {
    std::atomic<uint64_t> pushed;  // publications of this machine, in all
    std::atomic<uint64_t> epoch;   // the engine's; 0: not yet
    std::atomic<uint64_t> seq;     // up to which of its numbers all is here
    std::atomic<uint64_t> number;  // what was sent last
};

struct alignas(kLine) Head {
    std::atomic<uint64_t> magic;
    uint32_t version;
    uint32_t epoch;
    Plan plan;

    alignas(kLine) std::atomic<uint64_t> changes;
    std::atomic<uint64_t> saved;     // how many of them, in
    std::atomic<uint64_t> saved_as;  // which file
    std::atomic<uint64_t> times_full;
    std::atomic<uint64_t> hurries;
    std::atomic<uint32_t> names;   // stations that readers may see
    std::atomic<uint32_t> adding;  // pid that claims a name just now
    alignas(kLine) poller::Lease lease;
    alignas(kLine) AddressCounts counts;
    std::atomic<uint64_t> last_interest;
    std::atomic<uint32_t> audience[kMaxWorkers];  // of the zone, by worker
    // How many of those want all stations.
    std::atomic<uint32_t> audience_of_all[kMaxWorkers];
    alignas(kLine) Elsewhere elsewhere;
    alignas(kLine) PollEntry polls[kMaxPolls];
};

// A slot's published word: seq in the high 36 bits (68 thousand million
// changes), then 11 bits of generation, the buffer's index, and the record's
// length in units of 16 bytes. 0: nothing published yet.
struct Published {
    uint64_t seq = 0;
    uint32_t generation = 0;
    uint32_t index = 0;
    size_t length = 0;  // bytes, a multiple of kUnit

    static constexpr size_t kUnit = 16;
    static constexpr size_t kMostBytes = 0xffff * kUnit;

    static constexpr Published of(uint64_t word)
    {
        return {word >> 28, static_cast<uint32_t>(word >> 17 & 0x7ff),
                static_cast<uint32_t>(word >> 16 & 1),
                static_cast<size_t>(word & 0xffff) * kUnit};
    }
    constexpr uint64_t word() const
    {
        return seq << 28 | uint64_t{generation & 0x7ff} << 17 |
               uint64_t{index} << 16 | length / kUnit;
    }
};

// In front of each buffer; stamp and sum are stored with the record, so that
// a reader can tell a whole copy of what was published from anything else.
struct BufferHead {
    std::atomic<uint64_t> stamp;  // the word this record was published with
    std::atomic<uint64_t> sum;    // digest over stamp and record
};

struct alignas(kLine) SlotHead {
    std::atomic<uint64_t> word;
    // Ticks at which time alone may change what is told; 0 while a writer is
    // between its first and last step: whoever settles next looks at all.
    std::atomic<uint64_t> due;
    std::atomic<uint64_t> announced;  // the seq that changes was raised for
    std::atomic<uint32_t> claim;      // pid of the writer; 0: free
    uint32_t name_size;
    // For each source, beside the record so that an unchanged report writes
    // nothing but `good`: its key, the digest of its last report (0: the
    // record may not hold it), and the ticks of its last good answer.
    std::atomic<uint32_t> keys[kMaxSources];
    std::atomic<uint64_t> said[kMaxSources];
    std::atomic<uint64_t> good[kMaxSources];
    char name[kMaxName];
    // Publications of this machine, and up to which of them other machines
    // know: what differs is yet to be told.
    std::atomic<uint64_t> pushed;
    std::atomic<uint64_t> crossed;
    std::atomic<uint32_t> audience_elsewhere;
    // Subscribers by worker; a worker writes its own only.
    std::atomic<uint32_t> audience[kMaxWorkers];
};

}  // namespace onair::slot
