#include "slot/settling.h"

#include <algorithm>

namespace onair::slot {

namespace {

// A source's clock may run this far ahead of ours.
constexpr UnixMs kClockSlackMs = 60000;

// One pass over a record: `want` is what the page should show, compared with
// what it was told in the end.
class Pass {
  public:
    Pass(Record& record, const Limits& limits, const Now& now)
        : r_(record), limits_(limits), now_(now), at_(record.at())
    {}

    Settled run(const Offer& offer, uint32_t subscribers);

  private:
    Choice choose_source() const;
    template <typename Says>
    const SourceEntry& who(const SourceEntry& in_force, Says says) const;
    void take_track(const SourceEntry& e, Status status);
    void say_track(const SourceEntry& e);
    void push_track(const Track& track);
    void adopt(std::span<const Track> history);
    UnixMs started(const Track& track) const;
    void limit_tracks();
    bool counts_held_back(const SourceEntry& e);
    void add_moment(Status status, const Listeners& listeners,
                    uint32_t subscribers);

    Record& r_;
    const Limits& limits_;
    const Now& now_;
    const Moment at_;
    bool on_ = false;
    bool track_changed_ = false;
    Ticks due_ = kNever;
};

Choice Pass::choose_source() const
{
    Candidate all[kMaxSources];
    int index_of[kMaxSources];
    size_t count = 0;
    int present = -1;
    for (size_t i = 0; i < kMaxSources; i++) {
        const SourceEntry& e = r_.sources[i];
        if (e.is.key == 0) {
            continue;
        }
        if (static_cast<int>(i) == r_.in_force) {
            present = static_cast<int>(count);
        }
        index_of[count] = static_cast<int>(i);
        all[count++] = {e.is.priority, e.on_air,        e.good,      e.from,
                        e.is.stale_ms, e.is.offline_ms, e.is.hold_ms};
    }
    Choice choice = choose({all, count}, present, now_.ticks);
    if (choice.index >= 0) {
        choice.index = index_of[choice.index];
    }
    return choice;
}

// The source in force, or where it does not say such a thing, the best other
// one that is fresh and does: a publisher of titles leaves the count of
// listeners to the server that has them.
template <typename Says>
const SourceEntry& Pass::who(const SourceEntry& in_force, Says says) const
{
    const SourceEntry* found = &in_force;
    if (says(in_force)) {
        return in_force;
    }
    for (const SourceEntry& e : r_.sources) {
        // A publisher may count listeners and leave the rest to others.
        bool fresh = e.is.key != 0 && (e.on_air || e.is.partial) &&
                     age_of(now_.ticks, e.good) <= e.is.stale_ms;
        bool better = found == &in_force || e.is.priority < found->is.priority;
        if (fresh && better && says(e)) {
            found = &e;
        }
    }
    return *found;
}

// When the track began: as the source says, within reason, and not before the
// one that it follows.
UnixMs Pass::started(const Track& track) const
{
    UnixMs when = track.started;
    UnixMs before = r_.track_count > 0 ? r_.tracks[0].track.started : kNoTime;
    if (before > now_.unix_ms + kClockSlackMs) {
        before = kNoTime;
    }
    if (when <= kNoTime || when > now_.unix_ms + kClockSlackMs ||
        when < before) {
        when = std::max(now_.unix_ms, before);
    }
    return when;
}

void Pass::push_track(const Track& track)
{
    UnixMs when = started(track);
    size_t kept = std::min(r_.track_count, r_.tracks.size() - 1);
    for (size_t i = kept; i > 0; i--) {
        r_.tracks[i] = r_.tracks[i - 1];
    }
    r_.tracks[0].track = track;
    r_.tracks[0].track.started = when;
    r_.tracks[0].seq = at_.seq + 1;
    r_.track_count = kept + 1;
}

void Pass::say_track(const SourceEntry& e)
{
    bool same = r_.track_count > 0 && same_track(r_.tracks[0].track, e.now);
    bool other = r_.told.track != e.digests.track;
    if ((on_ && other) || (!on_ && !same)) {
        push_track(e.now);
        track_changed_ = true;
    } else if (other || r_.told.detail != e.digests.detail) {
        UnixMs when = r_.tracks[0].track.started;
        r_.tracks[0].track = e.now;
        r_.tracks[0].track.started = when;
        track_changed_ = true;
    }
    on_ = true;
    r_.told.track = e.digests.track;
    r_.told.detail = e.digests.detail;
    r_.title_key = e.is.key;
    r_.title_life = e.life;
}

void Pass::take_track(const SourceEntry& e, Status status)
{
    if (!e.on_air || status == Status::kOffline) {
        return;
    }
    if (e.digests.track != 0) {
        say_track(e);
        return;
    }
    if (!on_ || status != Status::kLive) {
        return;
    }
    // A publisher that says no title means it; a server that was started
    // again often does not know it yet.
    bool taken_back =
        e.is.partial || (r_.title_key == e.is.key && r_.title_life == e.life);
    if (!taken_back &&
        age_of(now_.ticks, e.untitled) < Ticks{e.is.offline_ms}) {
        due_ = std::min(due_, e.untitled + e.is.offline_ms);
        return;
    }
    on_ = false;
    r_.told.track = 0;
    r_.told.detail = 0;
    track_changed_ = true;
}

// Only where there is nothing to mix it with.
void Pass::adopt(std::span<const Track> history)
{
    if (r_.track_count > (on_ ? 1u : 0u) || limits_.history == 0) {
        return;
    }
    // Not newer than the present track, which comes before it.
    uint64_t seq = on_ ? r_.tracks[0].seq : at_.seq + 1;
    size_t most =
        std::min(limits_.history + (on_ ? 1 : 0), r_.tracks.size() - 1);
    for (const Track& track : history) {
        if (r_.track_count == most) {
            break;
        }
        bool shown =
            on_ && r_.track_count == 1 && same_track(r_.tracks[0].track, track);
        if (!shown) {
            r_.tracks[r_.track_count++] = {track, seq};
            track_changed_ = true;
        }
    }
}

void Pass::limit_tracks()
{
    size_t most = limits_.history + (on_ ? 1 : 0);
    r_.track_count = std::min(r_.track_count, most);
}

// Counts alone wait until enough time went by since anything was told.
bool Pass::counts_held_back(const SourceEntry& e)
{
    if (e.listeners.current == at_.listeners.current &&
        e.listeners.unique == at_.listeners.unique) {
        return true;
    }
    if (age_of(now_.ticks, r_.last_told) >= e.is.listeners_ms) {
        return false;
    }
    due_ = std::min(due_, r_.last_told + e.is.listeners_ms);
    return true;
}

void Pass::add_moment(Status status, const Listeners& listeners,
                      uint32_t subscribers)
{
    size_t room = std::min(limits_.moments, r_.moments.size());
    size_t kept = std::min(r_.moment_count, room - 1);
    for (size_t i = kept; i > 0; i--) {
        r_.moments[i] = r_.moments[i - 1];
    }
    r_.moments[0] = {at_.seq + 1, now_.unix_ms, status,
                     on_,         subscribers,  listeners};
    r_.moment_count = kept + 1;
    r_.last_told = now_.ticks;
}

Settled Pass::run(const Offer& offer, uint32_t subscribers)
{
    Choice choice = choose_source();
    if (choice.index < 0) {
        return {};
    }
    const SourceEntry& e = r_.sources[choice.index];
    int was = r_.in_force;
    uint32_t key = r_.title_key;
    uint32_t life = r_.title_life;
    on_ = at_.on && r_.track_count > 0;
    due_ = choice.due;
    r_.in_force = choice.index;
    r_.delay_ms = e.is.delay_ms;
    take_track(e, choice.status);
    if (offer.from == choice.index) {
        adopt(offer.history);
    }
    limit_tracks();

    const SourceEntry& counts = who(
        e, [](const SourceEntry& s) { return !(s.listeners == Listeners()); });
    const SourceEntry& stream =
        who(e, [](const SourceEntry& s) { return s.digests.stream != 0; });
    const SourceEntry& original =
        who(e, [](const SourceEntry& s) { return s.digests.original != 0; });
    bool other = r_.told.next != e.digests.next || r_.told.dj != e.digests.dj ||
                 r_.told.stream != stream.digests.stream ||
                 r_.told.original != original.digests.original;
    bool told = r_.moment_count == 0 || r_.moments[0].seq != at_.seq ||
                track_changed_ || other || on_ != at_.on ||
                choice.status != at_.status || !counts_held_back(counts);
    if (told) {
        r_.told.next = e.digests.next;
        r_.told.dj = e.digests.dj;
        r_.told.stream = stream.digests.stream;
        r_.told.original = original.digests.original;
        r_.original = static_cast<int>(&original - r_.sources.data());
        r_.next = e.next;
        r_.dj = e.dj;
        r_.stream = stream.stream;
        add_moment(choice.status, counts.listeners, subscribers);
    }
    bool changed = told || was != choice.index || key != r_.title_key ||
                   life != r_.title_life;
    return {told, changed, due_};
}

}  // namespace

Settled settle(Record& record, const Offer& offer, const Limits& limits,
               uint32_t subscribers, const Now& now)
{
    return Pass(record, limits, now).run(offer, subscribers);
}

}  // namespace onair::slot
