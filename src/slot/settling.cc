#include "slot/settling.h"

#include <algorithm>

namespace onair::slot {

namespace {

// A source's clock may run this far ahead of ours.
constexpr UnixMs kClockSlackMs = 60000;

// One pass over a record: what the page should show now, compared in the end
// with what it was told before.
class Settlement {
  public:
    Settlement(Record& record, const RecordLimits& limits, const Now& now)
        : record_(record), limits_(limits), now_(now), before_(record.at())
    {}

    Settled run(const HeardHistory& heard, uint32_t subscribers);

  private:
    // Where each part of what is shown comes from.
    struct Shown {
        const SourceEntry& entry;   // track, next, presenter
        const SourceEntry& counts;  // listeners
        const SourceEntry& stream;
        const SourceEntry& original;
    };
    static bool has_listeners(const SourceEntry& entry);
    static bool has_stream(const SourceEntry& entry);
    static bool has_original(const SourceEntry& entry);
    Shown shown_of(const SourceEntry& entry) const;
    bool has_news(const Shown& shown, Status status);
    void tell(const Shown& shown, Status status, uint32_t subscribers);

    Choice choose_source() const;
    template <typename Says>
    const SourceEntry& best_for(const SourceEntry& in_force, Says says) const;
    void take_track(const SourceEntry& entry, Status status);
    void say_track(const SourceEntry& entry);
    void push_track(const Track& track);
    void adopt(std::span<const Track> history);
    UnixMs started(const Track& track) const;
    void limit_tracks();
    bool counts_held_back(const SourceEntry& entry);
    void add_moment(Status status, const Listeners& listeners,
                    uint32_t subscribers);

    Record& record_;
    const RecordLimits& limits_;
    const Now& now_;
    const Moment before_;
    bool on_ = false;
    bool track_changed_ = false;
    Ticks due_ = kNever;
};

Choice Settlement::choose_source() const
{
    Candidate all[kMaxSources];
    int index_of[kMaxSources];
    size_t count = 0;
    int present = -1;
    for (size_t i = 0; i < kMaxSources; i++) {
        const SourceEntry& entry = record_.sources[i];
        if (entry.source.key == 0) {
            continue;
        }
        if (static_cast<int>(i) == record_.in_force) {
            present = static_cast<int>(count);
        }
        index_of[count] = static_cast<int>(i);
        all[count++] = {entry.source.priority, entry.on_air,
                        entry.last_good,       entry.good_since,
                        entry.source.stale_ms, entry.source.offline_ms,
                        entry.source.hold_ms};
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
const SourceEntry& Settlement::best_for(const SourceEntry& in_force,
                                        Says says) const
{
    const SourceEntry* found = &in_force;
    if (says(in_force)) {
        return in_force;
    }
    for (const SourceEntry& entry : record_.sources) {
        // A publisher may count listeners and leave the rest to others.
        bool fresh =
            entry.source.key != 0 && (entry.on_air || entry.source.partial) &&
            age_of(now_.ticks, entry.last_good) <= entry.source.stale_ms;
        bool better = found == &in_force ||
                      entry.source.priority < found->source.priority;
        if (fresh && better && says(entry)) {
            found = &entry;
        }
    }
    return *found;
}

// When the track began: as the source says, within reason, and not before the
// one that it follows.
UnixMs Settlement::started(const Track& track) const
{
    UnixMs when = track.started;
    UnixMs before =
        record_.track_count > 0 ? record_.tracks[0].track.started : kNoTime;
    if (before > now_.unix_ms + kClockSlackMs) {
        before = kNoTime;
    }
    if (when <= kNoTime || when > now_.unix_ms + kClockSlackMs ||
        when < before) {
        when = std::max(now_.unix_ms, before);
    }
    return when;
}

void Settlement::push_track(const Track& track)
{
    UnixMs when = started(track);
    size_t kept = std::min(record_.track_count, record_.tracks.size() - 1);
    for (size_t i = kept; i > 0; i--) {
        record_.tracks[i] = record_.tracks[i - 1];
    }
    record_.tracks[0].track = track;
    record_.tracks[0].track.started = when;
    record_.tracks[0].seq = before_.seq + 1;
    record_.track_count = kept + 1;
}

void Settlement::say_track(const SourceEntry& entry)
{
    bool same = record_.track_count > 0 &&
                same_track(record_.tracks[0].track, entry.now);
    bool other = record_.told.track != entry.digests.track;
    if ((on_ && other) || (!on_ && !same)) {
        push_track(entry.now);
        track_changed_ = true;
    } else if (other || record_.told.detail != entry.digests.detail) {
        UnixMs when = record_.tracks[0].track.started;
        record_.tracks[0].track = entry.now;
        record_.tracks[0].track.started = when;
        track_changed_ = true;
    }
    on_ = true;
    record_.told.track = entry.digests.track;
    record_.told.detail = entry.digests.detail;
    record_.title_key = entry.source.key;
    record_.title_stream = entry.streams_seen;
}

void Settlement::take_track(const SourceEntry& entry, Status status)
{
    if (!entry.on_air || status == Status::kOffline) {
        return;
    }
    if (entry.digests.track != 0) {
        say_track(entry);
        return;
    }
    if (!on_ || status != Status::kLive) {
        return;
    }
    // A publisher that says no title means it; a server that was started
    // again often does not know it yet.
    bool taken_back =
        entry.source.partial || (record_.title_key == entry.source.key &&
                                 record_.title_stream == entry.streams_seen);
    if (!taken_back &&
        age_of(now_.ticks, entry.untitled) < Ticks{entry.source.offline_ms}) {
        due_ = std::min(due_, entry.untitled + entry.source.offline_ms);
        return;
    }
    on_ = false;
    record_.told.track = 0;
    record_.told.detail = 0;
    track_changed_ = true;
}

// Only where there is nothing to mix it with.
void Settlement::adopt(std::span<const Track> history)
{
    if (record_.track_count > (on_ ? 1u : 0u) || limits_.history == 0) {
        return;
    }
    // Not newer than the present track, which comes before it.
    uint64_t seq = on_ ? record_.tracks[0].seq : before_.seq + 1;
    size_t most =
        std::min(limits_.history + (on_ ? 1 : 0), record_.tracks.size() - 1);
    for (const Track& track : history) {
        if (record_.track_count == most) {
            break;
        }
        bool shown = on_ && record_.track_count == 1 &&
                     same_track(record_.tracks[0].track, track);
        if (!shown) {
            record_.tracks[record_.track_count++] = {track, seq};
            track_changed_ = true;
        }
    }
}

void Settlement::limit_tracks()
{
    size_t most = limits_.history + (on_ ? 1 : 0);
    record_.track_count = std::min(record_.track_count, most);
}

// Counts alone wait until enough time went by since anything was told.
bool Settlement::counts_held_back(const SourceEntry& entry)
{
    if (entry.listeners.current == before_.listeners.current &&
        entry.listeners.unique == before_.listeners.unique) {
        return true;
    }
    if (age_of(now_.ticks, record_.last_told) >= entry.source.listeners_ms) {
        return false;
    }
    due_ = std::min(due_, record_.last_told + entry.source.listeners_ms);
    return true;
}

void Settlement::add_moment(Status status, const Listeners& listeners,
                            uint32_t subscribers)
{
    size_t room = std::min(limits_.moments, record_.moments.size());
    size_t kept = std::min(record_.moment_count, room - 1);
    for (size_t i = kept; i > 0; i--) {
        record_.moments[i] = record_.moments[i - 1];
    }
    record_.moments[0] = {before_.seq + 1, now_.unix_ms, status, on_,
                          subscribers,     listeners};
    record_.moment_count = kept + 1;
    record_.last_told = now_.ticks;
}

bool Settlement::has_listeners(const SourceEntry& entry)
{
    return !(entry.listeners == Listeners());
}

bool Settlement::has_stream(const SourceEntry& entry)
{
    return entry.digests.stream != 0;
}

bool Settlement::has_original(const SourceEntry& entry)
{
    return entry.digests.original != 0;
}

// What is shown besides the track, by what each source says of it.
Settlement::Shown Settlement::shown_of(const SourceEntry& entry) const
{
    return {entry, best_for(entry, has_listeners), best_for(entry, has_stream),
            best_for(entry, has_original)};
}

bool Settlement::has_news(const Shown& shown, Status status)
{
    const Digests& told = record_.told;
    bool never_told =
        record_.moment_count == 0 || record_.moments[0].seq != before_.seq;
    bool another = told.next != shown.entry.digests.next ||
                   told.dj != shown.entry.digests.dj ||
                   told.stream != shown.stream.digests.stream ||
                   told.original != shown.original.digests.original;
    return never_told || track_changed_ || another || on_ != before_.on ||
           status != before_.status || !counts_held_back(shown.counts);
}

void Settlement::tell(const Shown& shown, Status status, uint32_t subscribers)
{
    record_.told.next = shown.entry.digests.next;
    record_.told.dj = shown.entry.digests.dj;
    record_.told.stream = shown.stream.digests.stream;
    record_.told.original = shown.original.digests.original;
    record_.original =
        static_cast<int>(&shown.original - record_.sources.data());
    record_.next = shown.entry.next;
    record_.dj = shown.entry.dj;
    record_.stream = shown.stream.stream;
    add_moment(status, shown.counts.listeners, subscribers);
}

Settled Settlement::run(const HeardHistory& heard, uint32_t subscribers)
{
    Choice choice = choose_source();
    if (choice.index < 0) {
        return {};
    }
    const SourceEntry& entry = record_.sources[choice.index];
    int in_force_before = record_.in_force;
    uint32_t key_before = record_.title_key;
    uint32_t stream_before = record_.title_stream;
    on_ = before_.on && record_.track_count > 0;
    due_ = choice.due;
    record_.in_force = choice.index;
    record_.delay_ms = entry.source.delay_ms;
    take_track(entry, choice.status);
    if (heard.from == choice.index) {
        adopt(heard.tracks);
    }
    limit_tracks();

    Shown shown = shown_of(entry);
    bool told = has_news(shown, choice.status);
    if (told) {
        tell(shown, choice.status, subscribers);
    }
    bool changed = told || in_force_before != choice.index ||
                   key_before != record_.title_key ||
                   stream_before != record_.title_stream;
    return {told, changed, due_};
}

}  // namespace

Settled settle(Record& record, const HeardHistory& heard,
               const RecordLimits& limits, uint32_t subscribers, const Now& now)
{
    return Settlement(record, limits, now).run(heard, subscribers);
}

}  // namespace onair::slot
