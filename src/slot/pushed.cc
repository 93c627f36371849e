#include "slot/pushed.h"

#include "slot/digest.h"
#include "slot/fitting.h"
#include "slot/writer.h"

namespace onair::slot {

namespace {

void add(Digest& digest, const Track& track)
{
    for (std::string_view text : {track.text, track.artist, track.title,
                                  track.album, track.art, track.url}) {
        digest.add(text);
    }
    digest.add(static_cast<uint64_t>(track.duration_ms));
}

Report report_of(const Record& record, const SourceEntry& entry)
{
    Report report;
    report.on_air = entry.on_air;
    report.since = entry.since;
    report.now = entry.now;
    report.next = entry.next;
    report.dj = entry.dj;
    report.listeners = entry.listeners;
    report.stream = entry.stream;
    // As subscribers here are told it: the others are to say the same.
    if (record.track_count > 0 &&
        same_track(record.tracks[0].track, entry.now)) {
        report.now.started = record.tracks[0].track.started;
    }
    return report;
}

// The record as it stands; that of an empty slot has no sources.
Outcome read_record(const Slot& slot, Bytes scratch, Kept* kept, Record* record)
{
    if (scratch.size() < kScratchRoom) {
        return Fault::kNoMemory;
    }
    size_t capacity = scratch.size() - kScratchRoom;
    Arena arena(scratch.subspan(capacity));
    if (!make_room(*record, kMaxHistory, arena)) {
        return Fault::kNoMemory;
    }
    Result<Kept> found = SlotWriter::kept(slot, scratch.first(capacity));
    if (!found.ok()) {
        return found.fault();
    }
    *kept = *found;
    if (!kept->record.empty() && !unpack(text_of(kept->record), *record)) {
        return Fault::kTorn;
    }
    return Done{};
}

// Who said what is on, or that nothing is. 0: nobody.
uint32_t speaker_of(const Record& record)
{
    if (record.at().on) {
        return record.title_key;
    }
    return record.in_force < 0
               ? 0
               : record.sources[static_cast<size_t>(record.in_force)]
                     .source.key;
}

}  // namespace

Result<PushedSources> read_pushed(const Slot& slot, Bytes scratch)
{
    Kept kept;
    Record record;
    Outcome done = read_record(slot, scratch, &kept, &record);
    if (!done) {
        return done.fault();
    }
    PushedSources pushed;
    for (size_t i = 0; i < kMaxSources; i++) {
        const SourceEntry& entry = record.sources[i];
        if (entry.source.key != 0 && entry.source.pushed) {
            pushed.all[pushed.count++] = {entry.source, kept.good[i],
                                          report_of(record, entry)};
        }
    }
    return pushed;
}

Result<PushedTrack> read_pushed_track(const Slot& slot, Bytes scratch)
{
    Kept kept;
    Record record;
    Outcome done = read_record(slot, scratch, &kept, &record);
    if (!done) {
        return done.fault();
    }
    PushedTrack pushed;
    uint32_t key = speaker_of(record);
    for (const SourceEntry& entry : record.sources) {
        pushed.believed =
            pushed.believed ||
            (key != 0 && entry.source.key == key && entry.source.pushed);
    }
    if (record.at().on && record.track_count > 0) {
        pushed.now = record.tracks[0].track;
    }
    return pushed;
}

uint64_t digest_of_state(const Report& report)
{
    Digest digest;
    digest.add(report.on_air ? 1 : 2);
    digest.add(static_cast<uint64_t>(report.since));
    add(digest, report.now);
    add(digest, report.next);
    digest.add(report.dj);
    const Stream& stream = report.stream;
    for (std::string_view text : {stream.name, stream.description, stream.genre,
                                  stream.url, stream.listen, stream.type}) {
        digest.add(text);
    }
    digest.add(static_cast<uint64_t>(stream.bitrate));
    return digest.end();
}

uint64_t digest_of_counts(const Report& report)
{
    Digest digest;
    for (int64_t count : {report.listeners.current, report.listeners.peak,
                          report.listeners.unique}) {
        digest.add(static_cast<uint64_t>(count));
    }
    return digest.end();
}

}  // namespace onair::slot
