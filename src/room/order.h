// The order in which one worker shows what was said in one room: by the room's
// number, across the rings of all workers.
//
// A number that is missing is waited for, a moment only: its writer may have
// stopped, or died with it. Whoever went on without it and gets it later shows
// it late, once. Values in, values out; a worker has one for each room that it
// has members of.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace onair::room {

// How long a missing number is waited for. The writers between number and ring
// take a microsecond; one that was preempted there, on a machine that has more
// to do than it can, up to some hundred milliseconds. So long is waited only
// where a writer was killed or stopped within that microsecond.
inline constexpr uint64_t kPatienceMs = 250;

// One thing that is to be shown; the memory is the caller's.
struct Pending {
    Pending* next = nullptr;
    uint64_t seq = 0;
    Ticks came = 0;
    bool late = false;
};

class Order {
  public:
    // Everything up to `last` was shown or is nobody's business, as far as
    // mark() does not say otherwise.
    void start(uint64_t last);
    // A number at most `last` that is known (from the history).
    void mark(uint64_t seq);

    // Not one that is still to come, late, or will not. Those that are older
    // than can be remembered count as shown.
    bool was_shown(uint64_t seq) const;

    // Takes one in; false: it was shown already, or waits already.
    bool offer(Pending* pending);
    // The next to be shown; nullptr: none, or one that has to wait.
    Pending* take();
    // take() has one.
    bool ready() const;
    struct Gap {
        uint64_t from = 0;   // 0: nothing is missing
        uint64_t until = 0;  // the first that waits
    };
    // Numbers that are missing and were waited for long enough: to be looked
    // for elsewhere, offered, and the rest of them given up.
    Gap missing(Ticks now) const;
    // What is missing before `until` will not come.
    void give_up(uint64_t until);

    // When take() or missing() may have something without a new one coming;
    // 0: nothing waits.
    Ticks due() const;
    uint64_t last() const { return next_ - 1; }
    bool empty() const { return first_ == nullptr; }
    Pending* drop_all();

  private:
    static constexpr uint64_t kRemembered = 256;

    bool seen(uint64_t seq) const;
    void set_seen(uint64_t seq, bool value);
    void advance(uint64_t seq);

    Pending* first_ = nullptr;
    Pending* last_ = nullptr;
    uint64_t next_ = 1;
    uint64_t given_up_ = 0;  // up to this number
    uint64_t seen_[kRemembered / 64] = {};
};

}  // namespace onair::room
