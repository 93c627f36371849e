// Who may poll: one lease in the zone, held by one worker. The holder renews
// it on each tick; it is free when it was released, when its holder's process
// is gone, or when it expired (a stuck holder). The term grows with every new
// holder, so that a late writer can be told apart: the fence.
//
// Lives in shared memory; all functions may be called by any process at any
// time. Lock-free: one 64-bit word (term << 32 | pid) and an expiry.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/time.h"

namespace onair::poller {

// Whether a process is gone: kill(pid, 0) fails with ESRCH. Given by the glue.
using IsGone = bool (*)(uint32_t pid);

class Lease {
  public:
    // Takes or renews. True when `pid` holds the lease afterwards, until
    // now + length. `leaving` workers take it only after it has been free for
    // three lengths (their zone may be one that no new worker serves).
    bool hold(uint32_t pid, Ticks now, uint32_t length_ms, bool leaving,
              IsGone is_gone);
    // Gives it up, so that another may take it at once.
    void release(uint32_t pid, Ticks now);

    // The fence: still held by `pid` in this `term` and not expired.
    bool holds(uint32_t pid, uint32_t term, Ticks now) const;

    uint32_t holder() const;  // pid; 0: free
    uint32_t term() const;

  private:
    void extend(Ticks until);

    std::atomic<uint64_t> word_{0};
    std::atomic<uint64_t> expiry_{0};
};

}  // namespace onair::poller
