// A record on its own, with room for what it may hold, and one that has
// something in every member.
#pragma once

#include <string>
#include <vector>

#include "slot/fitting.h"
#include "slot/record.h"

namespace onair::slot {

class RecordRig {
  public:
    explicit RecordRig(size_t history = 10) : memory_(65536), arena_(memory_)
    {
        if (!make_room(record, history, arena_)) {
            abort();
        }
    }

  private:
    std::vector<uint8_t> memory_;
    Arena arena_;

  public:
    Record record;
};

inline Track track_of(std::string_view title)
{
    Track track;
    track.text = title;
    track.artist = "Artist";
    track.title = title;
    track.album = "Album";
    track.art = "/art";
    track.url = "/url";
    track.started = 1760000000123;
    track.duration_ms = 180000;
    return track;
}

inline void fill(Record& record, size_t tracks, size_t moments)
{
    record.track_count = tracks;
    for (size_t i = 0; i < tracks; i++) {
        record.tracks[i] = {track_of("Title"), 1000 - i};
    }
    record.moment_count = moments;
    for (size_t i = 0; i < moments; i++) {
        record.moments[i] = {1000 - i,
                             1760000000000 - static_cast<UnixMs>(i) * 77,
                             Status::kLive,
                             true,
                             static_cast<uint32_t>(i),
                             {12, 30, -1}};
    }
    record.delay_ms = 8000;
    record.told = {1, 2, 3, 4, 5, 6};
    record.stream = {"Name", "Words", "rock", "/u", "/l", "audio/mpeg", 128};
    record.next = track_of("Next");
    record.dj = "DJ";
    record.in_force = 1;
    record.original = 1;
    record.title_key = 7;
    record.title_stream = 3;
    record.last_told = 99;
    SourceEntry& entry = record.sources[1];
    entry.source = {7, 2, 15000, 120000, 10000, 8000, 3000, false};
    entry.on_air = true;
    entry.since = 1759999999000;
    entry.good_since = 11;
    entry.untitled = 22;
    entry.streams_seen = 3;
    entry.digests = record.told;
    entry.now = track_of("Title");
    entry.next = record.next;
    entry.dj = "DJ";
    entry.listeners = {12, 30, -1};
    entry.stream = record.stream;
    entry.original = {"{\"now_playing\":{}}", 6, 1760000000456};
}

}  // namespace onair::slot
