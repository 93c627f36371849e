#include <algorithm>

#include "base/utf8.h"
#include "slot/digest.h"
#include "slot/settling.h"

namespace onair::slot {

namespace {

void add(Digest& d, const Source& s)
{
    d.add(uint64_t{s.key} << 8 | s.priority);
    d.add(uint64_t{s.stale_ms} << 32 | s.offline_ms);
    d.add(uint64_t{s.hold_ms} << 32 | s.delay_ms);
    d.add(s.listeners_ms);
}

void add(Digest& d, const Track& t)
{
    for (std::string_view s :
         {t.text, t.artist, t.title, t.album, t.art, t.url}) {
        d.add(s);
    }
    d.add(static_cast<uint64_t>(t.duration_ms));
}

void add(Digest& d, const Stream& s)
{
    for (std::string_view t :
         {s.name, s.description, s.genre, s.url, s.listen, s.type}) {
        d.add(t);
    }
    d.add(static_cast<uint64_t>(s.bitrate));
}

bool untitled(const Track& t)
{
    return t.text.empty() && t.artist.empty() && t.title.empty();
}

uint64_t detail_of(const Track& t)
{
    Digest d;
    for (std::string_view s : {t.album, t.art, t.url}) {
        d.add(s);
    }
    d.add(static_cast<uint64_t>(t.duration_ms));
    return d.end();
}

uint64_t track_of(const Track& t)
{
    Digest d;
    for (std::string_view s : {t.text, t.artist, t.title}) {
        d.add(s);
    }
    return d.end();
}

Digests digests_of(const Report& r)
{
    Digests out;
    if (!untitled(r.now)) {
        out.track = track_of(r.now);
        out.detail = detail_of(r.now);
    }
    if (!untitled(r.next)) {
        Digest d;
        add(d, r.next);
        out.next = d.end();
    }
    if (!r.dj.empty()) {
        Digest d;
        d.add(r.dj);
        out.dj = d.end();
    }
    if (!(r.stream == Stream{})) {
        Digest d;
        add(d, r.stream);
        out.stream = d.end();
    }
    out.original = r.original.digest;
    return out;
}

Track clipped(Track t)
{
    for (std::string_view* s : {&t.text, &t.artist, &t.title, &t.album}) {
        *s = cut(*s, kMaxText);
    }
    t.art = cut(t.art, kMaxUrl);
    t.url = cut(t.url, kMaxUrl);
    return t;
}

Stream clipped(Stream s)
{
    for (std::string_view* t : {&s.name, &s.description, &s.genre, &s.type}) {
        *t = cut(*t, kMaxText);
    }
    s.url = cut(s.url, kMaxUrl);
    s.listen = cut(s.listen, kMaxUrl);
    return s;
}

// Whether this report begins another life of the stream than the one before.
bool restarted(const SourceEntry& e, const Report& r)
{
    if (!e.on_air) {
        return r.on_air;
    }
    return e.since != kNoTime && r.since != kNoTime && e.since != r.since;
}

void hear_times(SourceEntry& e, const Report& r, const Source& source,
                Ticks now)
{
    bool again = restarted(e, r);
    if (again) {
        e.life++;
    }
    if (!e.on_air || age_of(now, e.good) > source.stale_ms) {
        e.from = now;
    }
    if (!r.on_air || !untitled(r.now)) {
        e.untitled = 0;
    } else if (again || e.untitled == 0) {
        e.untitled = std::max<Ticks>(now, 1);
    }
    if (r.since != kNoTime || again) {
        e.since = r.since;
    }
}

// What it said of the track, and whether it is on air, stands: where it never
// said so, the track is another source's.
void hear_counts(SourceEntry& e, const Report& r, const Source& source,
                 Ticks now)
{
    if (e.on_air && age_of(now, e.good) > source.stale_ms) {
        e.from = now;
    }
    e.is = source;
    e.good = now;
    e.listeners = r.listeners;
    Digests digests = digests_of(r);
    if (digests.stream != 0) {
        e.digests.stream = digests.stream;
        e.stream = clipped(r.stream);
    }
    if (digests.dj != 0) {
        e.digests.dj = digests.dj;
        e.dj = cut(r.dj, kMaxText);
    }
}

}  // namespace

uint64_t digest_of(const Report& r, const Source& source)
{
    Digest d;
    add(d, source);
    d.add(r.only_counts ? 4 : r.on_air ? 1 : 2);
    d.add(static_cast<uint64_t>(r.since));
    add(d, r.now);
    d.add(static_cast<uint64_t>(r.now.started));
    add(d, r.next);
    d.add(r.dj);
    for (int64_t n :
         {r.listeners.current, r.listeners.peak, r.listeners.unique}) {
        d.add(static_cast<uint64_t>(n));
    }
    add(d, r.stream);
    d.add(r.original.digest);
    return d.end();
}

uint64_t digest_of_missing(const Source& source)
{
    Digest d;
    add(d, source);
    d.add(3);
    return d.end();
}

size_t entry_for(const Record& record, uint32_t key)
{
    size_t oldest = record.in_force == 0 ? 1 : 0;
    for (size_t i = 0; i < kMaxSources; i++) {
        const SourceEntry& e = record.sources[i];
        if (e.is.key == key) {
            return i;
        }
        // A free entry was never good: it is the oldest.
        bool free_first = e.is.key == 0 && record.sources[oldest].is.key != 0;
        if (static_cast<int>(i) != record.in_force &&
            (free_first || (record.sources[oldest].is.key != 0 &&
                            e.good < record.sources[oldest].good))) {
            oldest = i;
        }
    }
    return oldest;
}

void hear(Record& record, size_t index, const Report& r, const Source& source,
          Ticks now)
{
    SourceEntry& e = record.sources[index];
    bool first = e.is.key != source.key;
    if (first) {
        e = SourceEntry{};
    }
    if (r.only_counts) {
        hear_counts(e, r, source, now);
        return;
    }
    hear_times(e, r, source, now);
    if (first) {
        e.from = 0;  // it was never bad: there is nothing to hold against it
    }
    Digests digests = digests_of(r);
    Stream stream = clipped(r.stream);
    if ((!r.on_air || source.partial) && digests.stream == 0) {
        // Off air there is often nothing said of the stream: keep what was.
        digests.stream = e.digests.stream;
        stream = e.stream;
    }
    e.is = source;
    e.good = now;
    e.on_air = r.on_air;
    e.digests = digests;
    e.now = clipped(r.now);
    e.next = clipped(r.next);
    e.dj = cut(r.dj, kMaxText);
    if (!source.partial || !(r.listeners == Listeners())) {
        e.listeners = r.listeners;
    }
    e.stream = stream;
    e.original = r.original;
}

void hear_missing(Record& record, size_t index, const Source& source, Ticks now)
{
    SourceEntry& e = record.sources[index];
    e.is = source;
    e.good = now;
    e.on_air = false;
    e.untitled = 0;
    // What is not there has no listeners; the peak is past and stays.
    e.listeners.current = e.listeners.current < 0 ? -1 : 0;
    e.listeners.unique = e.listeners.unique < 0 ? -1 : 0;
}

}  // namespace onair::slot
