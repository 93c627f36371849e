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

class Schedule {
  public:
    // The first poll is due at once, so that a page is not blank after start.
    void start(Ticks now) { due_ = now; }

    bool due(Ticks now) const { return now >= due_; }
    Ticks next() const { return due_; }

    // After an answer was taken. `random` is any 32 bits.
    void succeeded(Ticks now, const Pace& pace, bool idle, uint32_t random);
    // After a failure: doubles from the interval up to back_off_ms.
    void failed(Ticks now, const Pace& pace, uint32_t random);
    // A feed, a publisher or the first subscriber after a quiet time asks for
    // a poll now; bursts fall together: never sooner than 100 ms after the
    // previous one was due by this call.
    void hurry(Ticks now, const Pace& pace);

    uint32_t failures() const { return failures_; }

  private:
    Ticks due_ = 0;
    Ticks last_ = 0;
    uint32_t failures_ = 0;
};

}  // namespace onair::poller
