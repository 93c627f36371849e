#include "slot/merge.h"

#include <algorithm>

namespace onair::slot {

namespace {

using Candidates = std::span<const Candidate>;

bool fresh(const Candidate& c, Ticks now)
{
    return c.on_air && age_of(now, c.last_good) <= c.stale_ms;
}

bool held(const Candidate& c, Ticks now)
{
    return age_of(now, c.good_since) >= c.hold_ms;
}

bool lingers(const Candidate& c, Ticks now)
{
    return c.on_air && age_of(now, c.last_good) <= c.offline_ms;
}

// Index of the best candidate for which `fit` holds; the earlier of equals.
template <typename Fit>
int best(Candidates all, Fit fit)
{
    int found = -1;
    for (size_t i = 0; i < all.size(); i++) {
        if (fit(all[i]) &&
            (found < 0 || all[i].priority < all[found].priority)) {
            found = static_cast<int>(i);
        }
    }
    return found;
}

Choice live(Candidates all, int index, Ticks now)
{
    const Candidate& chosen = all[index];
    Ticks due = chosen.last_good + chosen.stale_ms + 1;
    for (const Candidate& c : all) {
        if (c.priority < chosen.priority && fresh(c, now) && !held(c, now)) {
            due = std::min(due, c.good_since + c.hold_ms);
        }
    }
    return {index, Status::kLive, due};
}

Choice not_live(Candidates all, int present, Ticks now)
{
    auto fit = [now](const Candidate& c) { return lingers(c, now); };
    int index = present;
    if (present < 0 || !all[present].on_air) {
        index = best(all, fit);
    }
    if (index >= 0 && fit(all[index])) {
        return {index, Status::kStale,
                all[index].last_good + all[index].offline_ms + 1};
    }
    if (present < 0) {
        present = best(all, [](const Candidate&) { return true; });
    }
    return {present, Status::kOffline, kNever};
}

}  // namespace

Choice choose(Candidates all, int present, Ticks now)
{
    if (present >= static_cast<int>(all.size())) {
        present = -1;
    }
    int index = -1;
    if (present >= 0 && fresh(all[present], now)) {
        uint8_t than = all[present].priority;
        index = best(all, [now, than](const Candidate& c) {
            return c.priority < than && fresh(c, now) && held(c, now);
        });
        index = index >= 0 ? index : present;
    } else {
        index = best(all, [now](const Candidate& c) { return fresh(c, now); });
    }
    return index >= 0 ? live(all, index, now) : not_live(all, present, now);
}

}  // namespace onair::slot
