// What the operator says of one source of a zone, and the two clocks of a
// moment. Plain values; stored with the source's reports, so that any worker
// can judge them later.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace onair::slot {

struct Source {
    uint32_t key = 0;      // names the source in the zone; not 0
    uint8_t priority = 0;  // 0 is asked first
    uint32_t stale_ms = 15000;
    uint32_t offline_ms = 120000;
    uint32_t hold_ms = 10000;  // how long a better source must be good again
                               // before it takes over
    uint32_t delay_ms = 0;
    uint32_t listeners_ms = 3000;  // least time between changes of counts only
    bool partial = false;  // what a report of it leaves out (counts, stream)
                           // stays as it said before
    bool pushed = false;   // a publisher's, also one's at another machine
};

}  // namespace onair::slot
