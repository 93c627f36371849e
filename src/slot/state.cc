#include "slot/state.h"

namespace onair::slot {

namespace {

// A moment further ahead than this comes from a clock that was set back
// since; waiting for it could take for ever.
constexpr UnixMs kClockSlackMs = 60000;

bool is_due(const Moment& moment, uint32_t delay_ms, UnixMs now)
{
    return now - moment.time >= static_cast<UnixMs>(delay_ms) ||
           moment.time - now > kClockSlackMs;
}

}  // namespace

bool state_at(const State& state, uint64_t seq, State* out)
{
    size_t m = 0;
    while (m < state.moments.size() && state.moments[m].seq > seq) {
        m++;
    }
    if (seq == 0 || m == state.moments.size() || state.moments[m].seq != seq) {
        return false;
    }
    size_t t = 0;
    while (t < state.tracks.size() && state.tracks[t].seq > seq) {
        t++;
    }
    if (state.moments[m].on && t == state.tracks.size()) {
        return false;
    }
    State then = state;
    then.at = state.moments[m];
    then.original_is_whole = state.original_is_whole && m == 0;
    then.moments = state.moments.subspan(m);
    then.tracks = state.tracks.subspan(t);
    *out = then;
    return true;
}

uint64_t seq_delayed(const State& state, uint32_t delay_ms, UnixMs now,
                     UnixMs* next)
{
    if (next != nullptr) {
        *next = kNoTime;
    }
    if (state.moments.empty()) {
        return 0;
    }
    size_t m = 0;
    while (m + 1 < state.moments.size() &&
           !is_due(state.moments[m], delay_ms, now)) {
        m++;
    }
    if (m > 0 && next != nullptr) {
        *next = state.moments[m - 1].time + delay_ms;
    }
    return state.moments[m].seq;
}

}  // namespace onair::slot
