// The roster of workers in shared memory: who lives, which wake-up descriptor
// is whose, and each worker's figures. A worker claims an entry when it starts;
// the entry of a process that is gone is taken over, its running totals kept,
// its subscribers forgotten, so that counts are right after a crash.
//
// Owned by whoever made the memory (one zone of the whole server); entries are
// written by their worker only, read by all.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "poller/lease.h"

namespace onair::slot {

inline constexpr size_t kMaxWorkers = 128;

enum class Transport : uint8_t { kWebSocket, kSse, kLongPoll, kSound, kGet };
inline constexpr size_t kTransports = 4;  // those of subscribers: no GET

// Running totals; names are the members and labels of the status page.
enum class Total : uint8_t {
    kConnects,     // subscribers accepted
    kDisconnects,  // subscribers gone
    kMessages,     // messages delivered
    kBytes,        // bytes of them
    kSkipped,      // changes a slow reader did not get one by one
    kStalled,      // closed: a write did not move in time
    kHeartbeats,   // pings and comments sent
    kTimeouts,     // closed: no sign of life
    kRefusedOrigin,
    kRefusedCap,
    kRefusedRequest,
    kRefusedRate,
    kProtocolErrors,  // closed: what a client sent was wrong
    kGaps,            // subscribers told of a gap
    kResumed,         // subscribers that got what they missed
    kPublished,
    kPublishRefused,
    kGoodbyes,  // told to come again by a leaving worker
};
inline constexpr size_t kTotals = 18;
std::string_view word(Total total);
std::string_view word(Transport transport);

struct WorkerEntry {
    std::atomic<uint32_t> pid;  // 0: free
    std::atomic<uint32_t> leaving;
    std::atomic<uint64_t> started;  // UnixMs
    std::atomic<int64_t> subscribers[kTransports];
    std::atomic<uint64_t> totals[kTotals];
};

struct RosterHead;

class Roster {
  public:
    // Without memory: nothing may be asked of it.
    Roster() = default;

    static size_t size();
    static Result<Roster> create(Bytes memory);
    static Result<Roster> open(Bytes memory);  // kLayoutChanged

    // Claims an entry: a free one, else that of a process that is gone (whose
    // totals stay: they are the entry's). kTooMany when all are alive.
    // Whoever claims also forgets what zones count by the entry's index
    // (Addresses::forget), before it lets anyone in.
    Result<size_t> claim(uint32_t pid, poller::IsGone is_gone);
    // The same for an entry whose process is gone only, so that a living
    // worker can clear up behind a dead one: claim, forget in the zones,
    // release. kNotFound: all are alive.
    Result<size_t> claim_dead(uint32_t pid, poller::IsGone is_gone);
    void release(size_t index);
    bool has_room() const;  // a free entry

    WorkerEntry& entry(size_t index) const;
    bool alive(size_t index, poller::IsGone is_gone) const;
    // A worker lives that is not leaving, other than that of this entry.
    bool others_serve(size_t but, poller::IsGone is_gone) const;

    // Over all entries that are claimed; a dead worker's subscribers count
    // until its entry is.
    int64_t subscribers(Transport transport) const;
    // Over all entries, dead workers' totals included.
    uint64_t total(Total total) const;

  private:
    explicit Roster(RosterHead* head) : head_(head) {}

    RosterHead* head_ = nullptr;
};

}  // namespace onair::slot
