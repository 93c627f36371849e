// /api/live-info and /api/live-info-v2 of LibreTime and Airtime: one station,
// the poll location's. Values are escaped for HTML, times are in the zone of
// the station.
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

// Seconds east of UTC: as told, else from what the station's clock shows now.
std::optional<int> zone_of(JsonValue station, UnixMs now)
{
    std::string_view told = station["timezoneOffset"].text();
    bool west = told.starts_with('-');
    int64_t offset = count_of(told.substr(west ? 1 : 0));
    constexpr int64_t kMost = int64_t{15} * 3600;
    if (offset >= 0 && offset <= kMost) {
        return static_cast<int>(west ? -offset : offset);
    }
    UnixMs there = time_of(station["schedulerTime"].text(), 0);
    if (there == kNoTime) {
        return std::nullopt;
    }
    constexpr int64_t kQuarter = int64_t{15} * 60 * 1000;
    int64_t apart = there - now + 100 * kQuarter + kQuarter / 2;
    int64_t quarters = apart / kQuarter - 100;
    if (apart < 0 || quarters < -60 || quarters > 60) {
        return std::nullopt;
    }
    return static_cast<int>(quarters * kQuarter / 1000);
}

struct Context {
    ReportList& list;
    Repair repair;
    std::optional<int> zone;
};

void set_track(JsonValue item, Track& track, const Context& context)
{
    JsonValue metadata = item["metadata"];
    track.text = item["name"].text();
    track.artist = metadata["artist_name"].text();
    track.title = metadata["track_title"].text();
    track.album = metadata["album_title"].text();
    Arena& arena = context.list.arena();
    track.art =
        clean(metadata["artwork_url"].text(), kMaxUrl, context.repair, arena);
    finish(track, context.repair, arena);
    if (track.text.empty()) {
        return;
    }
    track.started = time_of(item["starts"].text(), context.zone);
    UnixMs begin = time_of(item["starts"].text(), 0);
    UnixMs end = time_of(item["ends"].text(), 0);
    track.duration_ms = begin != kNoTime && end > begin ? end - begin : -1;
}

bool is_show(JsonValue item)
{
    return item["type"].text() == "show";
}

bool any_on(JsonValue sources)
{
    for (JsonMember source : sources) {
        if (truth_of(source.value.text())) {
            return true;
        }
    }
    return false;
}

bool set_history(JsonValue previous, Report& report, const Context& context)
{
    if (!previous.is_object() || is_show(previous)) {
        return true;
    }
    std::span<Track> tracks = context.list.arena().make<Track>(1);
    if (tracks.empty()) {
        return false;
    }
    set_track(previous, tracks[0], context);
    bool timed = !tracks[0].text.empty() && tracks[0].started != kNoTime;
    report.history = tracks.first(timed ? 1 : 0);
    return true;
}

bool fill(JsonValue tracks, bool on_air, Report& report, const Context& context)
{
    report.on_air = on_air;
    if (on_air && tracks["current"].is_object()) {
        set_track(tracks["current"], report.now, context);
    }
    if (on_air && !is_show(tracks["next"])) {
        set_track(tracks["next"], report.next, context);
    }
    return set_history(tracks["previous"], report, context);
}

}  // namespace

Outcome read_libretime(JsonValue root, ReportList& list)
{
    JsonValue tracks = root["tracks"];
    bool second = tracks.is_object();
    JsonValue station = second ? root["station"] : root;
    if (!second && root["current"].is_missing()) {
        return Fault::kUnknownFormat;
    }
    Report* report = list.only();
    if (report == nullptr) {
        return Fault::kNoMemory;
    }
    Context context = {list, list.repair(), zone_of(station, list.now())};
    context.repair.entities = true;
    bool on_air = root["sources"].is_object()
                      ? any_on(root["sources"])
                      : (second ? tracks : root)["current"].is_object();
    return fill(second ? tracks : root, on_air, *report, context)
               ? Outcome(Done{})
               : Fault::kNoMemory;
}

}  // namespace onair::source
