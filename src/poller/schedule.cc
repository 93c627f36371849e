#include "poller/schedule.h"

#include <algorithm>

namespace onair::poller {

namespace {

constexpr uint32_t kLeastMs = 100;
constexpr uint64_t kAfterFailureMs = 1000;

uint64_t least(uint64_t ms)
{
    return std::max<uint64_t>(ms, kLeastMs);
}

// How far polls by wishes are apart. A source that fails is not asked more
// often than its interval, however often a feed speaks, but a single failure
// does not cost what the feed says in all of the interval.
uint64_t apart(const Pace& pace, uint32_t failures)
{
    if (failures == 0) {
        return kLeastMs;
    }
    uint64_t most = std::min(pace.interval_ms, pace.back_off_ms);
    return least(
        std::min(kAfterFailureMs << std::min(failures - 1, 31u), most));
}

}  // namespace

void Schedule::began(Ticks now)
{
    serving_ = wished_;
    wished_ = false;
    if (serving_) {
        last_ = now;
    }
}

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
    serving_ = false;
    uint64_t spread = pause / 10;
    due_ = now + least(pause - spread / 2 + random % (spread + 1));
    if (wished_) {
        grant(now, pace);
    }
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
    wished_ = wished_ || serving_;
    serving_ = false;
    if (wished_) {
        grant(now, pace);
    }
}

void Schedule::hurry(Ticks now, const Pace& pace)
{
    wished_ = true;
    grant(now, pace);
}

void Schedule::grant(Ticks now, const Pace& pace)
{
    Ticks wanted =
        last_ == 0 ? now : std::max<Ticks>(now, last_ + apart(pace, failures_));
    due_ = std::min(due_, wanted);
}

}  // namespace onair::poller
