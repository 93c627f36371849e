// The running totals of this worker's place in the roster, for what counts at
// each delivery; count() of worker.h is the same for everything else.
#pragma once

#include "slot/roster.h"

namespace onair::ngx {

// Those of the place; null without one.
extern std::atomic<uint64_t>* g_totals;

inline void count_at_once(slot::Total total)
{
    if (g_totals != nullptr) {
        // Only this process writes here: no read-modify-write is needed.
        auto& value = g_totals[static_cast<size_t>(total)];
        value.store(value.load(std::memory_order_relaxed) + 1,
                    std::memory_order_relaxed);
    }
}

}  // namespace onair::ngx
