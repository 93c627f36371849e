// The state of a station as subscribers are told it, and how to see it as it
// was at an earlier change: the tracks and moments kept are the history that
// answers a client which missed something, and what a delayed location shows.
#pragma once

#include <span>
#include <string_view>

#include "base/station.h"

namespace onair::slot {

inline constexpr size_t kMaxMoments = 64;

// A track and the change with which it came on.
struct Played {
    Track track;
    uint64_t seq = 0;
};

// One change that subscribers were told of. Together with the tracks it is
// enough to say it again.
struct Moment {
    uint64_t seq = 0;
    UnixMs time = 0;
    Status status = Status::kOffline;
    bool on =
        false;  // a track was known; it is the newest with its seq <= ours
    uint32_t subscribers = 0;
    Listeners listeners;
};

struct State {
    std::string_view station;
    Moment at;              // the change that this state is
    uint32_t delay_ms = 0;  // the source's lead over what listeners hear
    Stream stream;
    Track next;
    std::string_view dj;
    // What an AzuraCast says of the station, in its own words; whole where that
    // is the source believed, and this its newest change: else the station in
    // it still stands, and the rest is another's.
    Original original;
    bool original_is_whole = false;
    // Newest first. tracks[0] is on now if at.on; the rest is history.
    std::span<const Played> tracks;
    // Newest first; moments[0] equals `at` in a state just read.
    std::span<const Moment> moments;

    const Track* now() const
    {
        return at.on && !tracks.empty() ? &tracks[0].track : nullptr;
    }
    std::span<const Played> history() const
    {
        return now() != nullptr ? tracks.subspan(1) : tracks;
    }
};

// The state as it was told with change `seq`. False when the zone no longer
// has what is needed to say it again (then a client is told of a gap), or
// never had it. `out` views the same memory as `state`.
bool state_at(const State& state, uint64_t seq, State* out);

// The newest change that is at least `delay_ms` old at `now`, the oldest kept
// if none is; 0 when there is no change at all. `next` (if not null) becomes
// the time at which a newer one will be due, kNoTime if there is none.
uint64_t seq_delayed(const State& state, uint32_t delay_ms, UnixMs now,
                     UnixMs* next);

}  // namespace onair::slot
