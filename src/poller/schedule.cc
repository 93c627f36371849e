#include "poller/schedule.h"

#include <algorithm>

namespace onair::poller {

namespace {

constexpr uint32_t kLeastMs = 100;

uint64_t least(uint64_t ms)
{
    return std::max<uint64_t>(ms, kLeastMs);
}

}  // namespace

// Five per cent either way: many edges that started together drift apart,
// and the mean stays what the operator asked for.
void Schedule::succeeded(Ticks now, const Pace& pace, bool idle,
                         uint32_t random)
{
    uint64_t pause = least(pace.interval_ms);
    if (idle && pace.idle_ms != 0) {
        pause = std::max<uint64_t>(pause, pace.idle_ms);
    }
    failures_ = 0;
    uint64_t spread = pause / 10;
    due_ = now + least(pause - spread / 2 + random % (spread + 1));
}

// Jitter only shortens here, by up to a quarter, so that back_off_ms is the
// longest pause indeed; the first failure waits about one interval.
void Schedule::failed(Ticks now, const Pace& pace, uint32_t random)
{
    uint64_t pause = least(pace.interval_ms);
    uint64_t longest = std::max<uint64_t>(pause, pace.back_off_ms);
    pause = std::min(pause << std::min(failures_, 31u), longest);
    if (failures_ < UINT32_MAX) {
        failures_++;
    }
    due_ = now + least(pause - random % (pause / 4 + 1));
}

void Schedule::hurry(Ticks now, const Pace& pace)
{
    // A source that fails is not asked more often than its interval, however
    // often a feed says so.
    uint64_t apart = failures_ == 0 ? kLeastMs : least(pace.interval_ms);
    Ticks wanted = last_ == 0 ? now : std::max<Ticks>(now, last_ + apart);
    if (wanted < due_) {
        due_ = wanted;
        last_ = wanted;
    }
}

}  // namespace onair::poller
