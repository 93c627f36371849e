// Figures of the poll locations, kept in the zone so that they outlive the
// worker that made them. Written by the lease holder, read by the status page.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/fault.h"
#include "base/time.h"
#include "slot/note.h"

namespace onair::slot {

inline constexpr size_t kMaxPolls = 64;   // poll locations of one zone
inline constexpr size_t kFaultRoom = 64;  // a count for every Fault
static_assert(kFaults <= kFaultRoom);

struct PollEntry {
    char name[64];  // the location's name, cut
    std::atomic<uint32_t> name_size;
    std::atomic<uint32_t> key;  // 0: free
    std::atomic<uint64_t> successes;
    std::atomic<uint64_t> failures;
    std::atomic<uint64_t> failures_by[kFaultRoom];
    std::atomic<uint64_t> last_good;     // Ticks; 0: never
    std::atomic<uint64_t> last_started;  // Ticks; 0: never
    std::atomic<uint32_t> last_fault;    // Fault + 1; 0: the last one was good
    std::atomic<uint32_t> last_duration_ms;
    std::atomic<uint32_t> last_stations;
    std::atomic<uint32_t> last_bytes;
    std::atomic<uint64_t> changes;  // polls that changed anything told
    // Hash of the name that `station=` gives, once a document had a station so
    // called: from then on no other one is taken for it. 0: none had.
    std::atomic<uint64_t> named;
    Note notice;  // what good answers show to be wrong in the configuration
};

}  // namespace onair::slot
