// When the next poll of a location is due: interval with jitter, back-off
// after failures, slowing down while nobody listens, "now" on demand. Pure
// arithmetic on ticks; one Schedule a poll location in the leading worker.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace onair::poller {

struct Pace {
    uint32_t interval_ms = 2000;   // at least 100
    uint32_t idle_ms = 30000;      // while nobody is subscribed; 0: no slowing
    uint32_t back_off_ms = 60000;  // the longest pause after failures
};

// The longest pause for a poll location: ten intervals, in 5 s to a minute, so
// that who listens does not wait a minute for a server that is back.
constexpr uint32_t back_off_for(uint32_t interval_ms)
{
    constexpr uint32_t kLeast = 5000;
    constexpr uint32_t kMost = 60000;
    uint64_t pause = uint64_t{interval_ms} * 10;
    return pause < kLeast  ? kLeast
           : pause > kMost ? kMost
                           : static_cast<uint32_t>(pause);
}
static_assert(back_off_for(100) == 5000 && back_off_for(2000) == 20000 &&
              back_off_for(30000) == 60000);

class Schedule {
  public:
    // The first poll is due at once, so that a page is not blank after start.
    void start(Ticks now) { due_ = now; }

    bool due(Ticks now) const { return now >= due_; }
    // The poll that is due is sent now: a later hurry means another one.
    void began(Ticks now);
    Ticks next() const { return due_; }

    // After an answer was taken. `random` is any 32 bits.
    void succeeded(Ticks now, const Pace& pace, bool idle, uint32_t random);
    // After a failure: doubles from the interval up to back_off_ms.
    void failed(Ticks now, const Pace& pace, uint32_t random);
    // A feed, a publisher or the first subscriber after a quiet time asks for
    // a poll now. The wish is open until a poll that began after it succeeds.
    // Bursts fall together: polls by wishes are 100 ms apart, after failures in
    // a row 1 s, 2 s, 4 s .. up to the interval.
    void hurry(Ticks now, const Pace& pace);

    uint32_t failures() const { return failures_; }

  private:
    void grant(Ticks now, const Pace& pace);

    Ticks due_ = 0;
    Ticks last_ = 0;  // when a poll by a wish began
    uint32_t failures_ = 0;
    bool wished_ = false;
    bool serving_ = false;  // a wish, by the poll under way
};

}  // namespace onair::poller
