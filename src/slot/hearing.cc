#include "slot/hearing.h"

#include <algorithm>

#include "base/utf8.h"
#include "slot/digest.h"
#include "slot/merge.h"

namespace onair::slot {

namespace {

void add(Digest& digest, const Source& source)
{
    digest.add(uint64_t{source.key} << 8 | source.priority);
    digest.add(uint64_t{source.stale_ms} << 32 | source.offline_ms);
    digest.add(uint64_t{source.hold_ms} << 32 | source.delay_ms);
    digest.add(source.listeners_ms);
}

void add(Digest& digest, const Track& track)
{
    for (std::string_view text : {track.text, track.artist, track.title,
                                  track.album, track.art, track.url}) {
        digest.add(text);
    }
    digest.add(static_cast<uint64_t>(track.duration_ms));
}

void add(Digest& digest, const Stream& stream)
{
    for (std::string_view text : {stream.name, stream.description, stream.genre,
                                  stream.url, stream.listen, stream.type}) {
        digest.add(text);
    }
    digest.add(static_cast<uint64_t>(stream.bitrate));
}

bool untitled(const Track& track)
{
    return track.text.empty() && track.artist.empty() && track.title.empty();
}

uint64_t detail_of(const Track& track)
{
    Digest digest;
    for (std::string_view text : {track.album, track.art, track.url}) {
        digest.add(text);
    }
    digest.add(static_cast<uint64_t>(track.duration_ms));
    return digest.end();
}

uint64_t track_of(const Track& track)
{
    Digest digest;
    for (std::string_view text : {track.text, track.artist, track.title}) {
        digest.add(text);
    }
    return digest.end();
}

Digests digests_of(const Report& report)
{
    Digests digests;
    if (!untitled(report.now)) {
        digests.track = track_of(report.now);
        digests.detail = detail_of(report.now);
    }
    if (!untitled(report.next)) {
        Digest digest;
        add(digest, report.next);
        digests.next = digest.end();
    }
    if (!report.dj.empty()) {
        Digest digest;
        digest.add(report.dj);
        digests.dj = digest.end();
    }
    if (!(report.stream == Stream{})) {
        Digest digest;
        add(digest, report.stream);
        digests.stream = digest.end();
    }
    digests.original = report.original.digest;
    return digests;
}

Track clipped(Track track)
{
    for (std::string_view* text :
         {&track.text, &track.artist, &track.title, &track.album}) {
        *text = cut(*text, kMaxText);
    }
    track.art = cut(track.art, kMaxUrl);
    track.url = cut(track.url, kMaxUrl);
    return track;
}

Stream clipped(Stream stream)
{
    for (std::string_view* text :
         {&stream.name, &stream.description, &stream.genre, &stream.type}) {
        *text = cut(*text, kMaxText);
    }
    stream.url = cut(stream.url, kMaxUrl);
    stream.listen = cut(stream.listen, kMaxUrl);
    return stream;
}

// Whether this report begins another life of the stream than the one before.
bool restarted(const SourceEntry& entry, const Report& report)
{
    if (!entry.on_air) {
        return report.on_air;
    }
    return entry.since != kNoTime && report.since != kNoTime &&
           entry.since != report.since;
}

void hear_times(SourceEntry& entry, const Report& report, const Source& source,
                Ticks now)
{
    bool again = restarted(entry, report);
    if (again) {
        entry.streams_seen++;
    }
    if (!entry.on_air || age_of(now, entry.last_good) > source.stale_ms) {
        entry.good_since = now;
    }
    if (!report.on_air || !untitled(report.now)) {
        entry.untitled = 0;
    } else if (again || entry.untitled == 0) {
        entry.untitled = std::max<Ticks>(now, 1);
    }
    if (report.since != kNoTime || again) {
        entry.since = report.since;
    }
}

// What it said of the track, and whether it is on air, stands: where it never
// said so, the track is another source's.
void hear_counts(SourceEntry& entry, const Report& report, const Source& source,
                 Ticks now)
{
    if (entry.on_air && age_of(now, entry.last_good) > source.stale_ms) {
        entry.good_since = now;
    }
    entry.source = source;
    entry.last_good = now;
    entry.listeners = report.listeners;
    Digests digests = digests_of(report);
    if (digests.stream != 0) {
        entry.digests.stream = digests.stream;
        entry.stream = clipped(report.stream);
    }
    if (digests.dj != 0) {
        entry.digests.dj = digests.dj;
        entry.dj = cut(report.dj, kMaxText);
    }
}

}  // namespace

uint64_t digest_of(const Report& report, const Source& source)
{
    Digest digest;
    add(digest, source);
    digest.add(report.only_counts ? 4 : report.on_air ? 1 : 2);
    digest.add(static_cast<uint64_t>(report.since));
    add(digest, report.now);
    digest.add(static_cast<uint64_t>(report.now.started));
    add(digest, report.next);
    digest.add(report.dj);
    for (int64_t count : {report.listeners.current, report.listeners.peak,
                          report.listeners.unique}) {
        digest.add(static_cast<uint64_t>(count));
    }
    add(digest, report.stream);
    digest.add(report.original.digest);
    return digest.end();
}

uint64_t digest_of_missing(const Source& source)
{
    Digest digest;
    add(digest, source);
    digest.add(3);
    return digest.end();
}

size_t entry_for(const Record& record, uint32_t key)
{
    size_t oldest = record.in_force == 0 ? 1 : 0;
    for (size_t i = 0; i < kMaxSources; i++) {
        const SourceEntry& entry = record.sources[i];
        if (entry.source.key == key) {
            return i;
        }
        // A free entry was never good: it is the oldest.
        bool free_first =
            entry.source.key == 0 && record.sources[oldest].source.key != 0;
        if (static_cast<int>(i) != record.in_force &&
            (free_first ||
             (record.sources[oldest].source.key != 0 &&
              entry.last_good < record.sources[oldest].last_good))) {
            oldest = i;
        }
    }
    return oldest;
}

void hear(Record& record, size_t index, const Report& report,
          const Source& source, Ticks now)
{
    SourceEntry& entry = record.sources[index];
    bool first = entry.source.key != source.key;
    if (first) {
        entry = SourceEntry{};
    }
    if (report.only_counts) {
        hear_counts(entry, report, source, now);
        return;
    }
    hear_times(entry, report, source, now);
    if (first) {
        entry.good_since =
            0;  // it was never bad: there is nothing to hold against it
    }
    Digests digests = digests_of(report);
    Stream stream = clipped(report.stream);
    if ((!report.on_air || source.partial) && digests.stream == 0) {
        // Off air there is often nothing said of the stream: keep what was.
        digests.stream = entry.digests.stream;
        stream = entry.stream;
    }
    entry.source = source;
    entry.last_good = now;
    entry.on_air = report.on_air;
    entry.digests = digests;
    entry.now = clipped(report.now);
    entry.next = clipped(report.next);
    entry.dj = cut(report.dj, kMaxText);
    if (!source.partial || !(report.listeners == Listeners())) {
        entry.listeners = report.listeners;
    }
    entry.stream = stream;
    entry.original = report.original;
}

void hear_missing(Record& record, size_t index, const Source& source, Ticks now)
{
    SourceEntry& entry = record.sources[index];
    entry.source = source;
    entry.last_good = now;
    entry.on_air = false;
    entry.untitled = 0;
    // What is not there has no listeners; the peak is past and stays.
    entry.listeners.current = entry.listeners.current < 0 ? -1 : 0;
    entry.listeners.unique = entry.listeners.unique < 0 ? -1 : 0;
}

}  // namespace onair::slot
