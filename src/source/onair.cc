// The snapshot of another onair: an edge that asks an origin. A station that
// is stale there has an origin which lost its source; what it says still
// stands, so that it is on air here too.
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

constexpr size_t kMaxHistory = 64;

// The texts went through the kit at the origin; only bounds are kept here.
constexpr Repair kNone = {false, false, true, false, false};

void set_track(JsonValue from, Track& track, Arena& arena)
{
    track.text = from["text"].text();
    track.artist = from["artist"].text();
    track.title = from["title"].text();
    track.album = from["album"].text();
    track.art = from["art"].text();
    track.url = from["url"].text();
    finish(track, kNone, arena);
    if (!track.text.empty()) {
        track.started = time_of(from["started"].text());
        track.duration_ms = duration_of(from["duration"].text());
    }
}

bool set_history(JsonValue rows, Report& report, Arena& arena)
{
    size_t count = std::min(rows.size(), kMaxHistory);
    std::span<Track> tracks = arena.make<Track>(count);
    if (tracks.size() < count) {
        return false;
    }
    size_t used = 0;
    for (JsonMember row : rows) {
        if (used < count) {
            tracks[used] = Track();
            set_track(row.value, tracks[used], arena);
            used += tracks[used].text.empty() ? 0 : 1;
        }
    }
    report.history = tracks.first(used);
    return true;
}

void set_stream(JsonValue from, Stream& stream, Arena& arena)
{
    stream.name = clean(from["name"].text(), kMaxText, kNone, arena);
    stream.description =
        clean(from["description"].text(), kMaxText, kNone, arena);
    stream.genre = clean(from["genre"].text(), kMaxText, kNone, arena);
    stream.url = clean_url(from["url"].text(), kMaxUrl, arena);
    stream.listen = clean_url(from["listen"].text(), kMaxUrl, arena);
    stream.type = clean(from["type"].text(), kMaxText, kNone, arena);
    stream.bitrate = bitrate_of(from["bitrate"].text());
}

}  // namespace

Outcome read_onair(JsonValue root, Listing& list)
{
    if (root["epoch"].is_missing() || root["status"].is_missing()) {
        return Fault::kUnknownFormat;
    }
    Report* report = list.only();
    if (report == nullptr) {
        return Fault::kNoMemory;
    }
    Arena& arena = list.arena();
    report->station = station_name(root["station"].text());
    report->on_air = truth_of(root["status"].text());
    set_track(root["now"], report->now, arena);
    set_track(root["next"], report->next, arena);
    report->dj = clean(root["dj"].text(), kMaxText, kNone, arena);
    JsonValue listeners = root["listeners"];
    report->listeners = {count_of(listeners["current"].text()),
                         count_of(listeners["peak"].text()),
                         count_of(listeners["unique"].text())};
    set_stream(root["stream"], report->stream, arena);
    return set_history(root["history"], *report, arena) ? Outcome(Done{})
                                                        : Fault::kNoMemory;
}

}  // namespace onair::source
