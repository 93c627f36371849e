// The snapshot of another onair, or the array of several (`?stations=*`): an
// edge that asks an origin. A station that is stale there has an origin which
// lost its source; what it says still stands, so that it is on air here too.
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

bool is_snapshot(JsonValue value)
{
    return !value["epoch"].is_missing() && !value["status"].is_missing();
}

bool add(JsonValue snapshot, ReportList& list)
{
    std::string_view written = snapshot["station"].text();
    // A name there is a name here: it is no URL, whatever is in it.
    std::string_view name = is_usable_name(written) ? written : "";
    Report* report = list.add(name, {}, written);
    if (report == nullptr) {
        return true;
    }
    Arena& arena = list.arena();
    report->on_air = truth_of(snapshot["status"].text());
    set_track(snapshot["now"], report->now, arena);
    set_track(snapshot["next"], report->next, arena);
    report->dj = clean(snapshot["dj"].text(), kMaxText, kNone, arena);
    JsonValue listeners = snapshot["listeners"];
    report->listeners = {list.count("current", listeners["current"].text()),
                         list.count("peak", listeners["peak"].text()),
                         list.count("unique", listeners["unique"].text())};
    set_stream(snapshot["stream"], report->stream, arena);
    return set_history(snapshot["history"], *report, arena);
}

}  // namespace

Outcome read_onair(JsonValue root, ReportList& list)
{
    if (!root.is_array() && !is_snapshot(root)) {
        return Fault::kUnknownFormat;
    }
    if (!list.expect(root.is_array() ? root.size() : 1)) {
        return Fault::kNoMemory;
    }
    if (!root.is_array()) {
        return add(root, list) ? Outcome(Done{}) : Fault::kNoMemory;
    }
    for (JsonMember one : root) {
        if (!is_snapshot(one.value)) {
            return Fault::kUnknownFormat;
        }
        if (!add(one.value, list)) {
            return Fault::kNoMemory;
        }
    }
    return Done{};
}

}  // namespace onair::source
