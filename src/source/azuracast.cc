// /api/nowplaying (an array), /api/nowplaying/ID and the static file (one
// object). Both name a station by its shortcode.
#include "source/format.h"
#include "source/original.h"
#include "source/publication.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

// More than is kept anywhere; the rest of a longer list is not looked at.
constexpr size_t kMaxHistory = 64;

void set_track(JsonValue played, Track& track, const ReportList& list)
{
    JsonValue song = played["song"];
    track.text = song["text"].text();
    track.artist = song["artist"].text();
    track.title = song["title"].text();
    track.album = song["album"].text();
    track.art = song["art"].text();
    finish(track, list.repair(), list.arena());
    if (!track.text.empty()) {
        track.started = time_of(played["played_at"].text());
        track.duration_ms = duration_of(played["duration"].text());
    }
}

bool has_song(JsonValue row)
{
    JsonValue song = row["song"];
    return !song["text"].text().empty() || !song["title"].text().empty();
}

bool set_history(JsonValue rows, Report& report, ReportList& list)
{
    size_t count = 0;
    for (JsonMember row : rows) {
        count += has_song(row.value) ? 1 : 0;
    }
    count = std::min(count, kMaxHistory);
    std::span<Track> tracks = list.arena().make<Track>(count);
    if (tracks.size() < count) {
        return false;
    }
    size_t used = 0;
    for (JsonMember row : rows) {
        if (used < count && has_song(row.value)) {
            tracks[used] = Track();
            set_track(row.value, tracks[used], list);
            used += tracks[used].text.empty() ? 0 : 1;
        }
    }
    report.history = tracks.first(used);
    return true;
}

std::string_view media_type(std::string_view format)
{
    struct Type {
        std::string_view format;
        std::string_view type;
    };
    constexpr Type kTypes[] = {
        {"mp3", "audio/mpeg"}, {"aac", "audio/aac"},   {"ogg", "audio/ogg"},
        {"opus", "audio/ogg"}, {"flac", "audio/flac"},
    };
    for (const Type& type : kTypes) {
        if (equals_ignoring_case(type.format, format)) {
            return type.type;
        }
    }
    return {};
}

JsonValue main_mount(JsonValue station)
{
    for (JsonMember mount : station["mounts"]) {
        if (mount.value["is_default"].text() == "true") {
            return mount.value;
        }
    }
    JsonValue first = station["mounts"].at(0);
    return first.is_missing() ? station["remotes"].at(0) : first;
}

void set_stream(JsonValue station, Stream& stream, const ReportList& list)
{
    JsonValue mount = main_mount(station);
    stream.name = list.text(station["name"].text());
    stream.description = list.text(station["description"].text());
    stream.url = list.url(station["url"].text());
    stream.listen = list.url(station["listen_url"].text());
    stream.type = media_type(mount["format"].text());
    stream.bitrate = bitrate_of(mount["bitrate"].text());
}

void set_listeners(JsonValue counts, Listeners& listeners, ReportList& list)
{
    JsonValue total = counts["total"];
    listeners.current = total.is_missing()
                            ? list.count("current", counts["current"].text())
                            : list.count("total", total.text());
    listeners.unique = list.count("unique", counts["unique"].text());
}

// What AzuraCast plays where nothing does.
bool is_offline_song(JsonValue song)
{
    constexpr std::string_view kId = "5a6a865199cf5df73b1417326d2ff24f";
    constexpr std::string_view kTitle = "Station Offline";
    return song["id"].text() == kId || song["text"].text() == kTitle ||
           song["title"].text() == kTitle;
}

// Before version 0.12.2 nobody says so: on air is what plays a song.
bool is_on_air(JsonValue one)
{
    JsonValue told = one["is_online"];
    if (told.is_missing() || told.kind() == Kind::kNull) {
        JsonValue played = one["now_playing"];
        return has_song(played) && !is_offline_song(played["song"]);
    }
    return truth_of(told.text());
}

bool add(JsonValue one, ReportList& list)
{
    JsonValue station = one["station"];
    Report* report =
        list.add(station_name(station["shortcode"].text()),
                 station_name(station["id"].text()), station["name"].text());
    if (report == nullptr) {
        return true;
    }
    report->on_air = is_on_air(one);
    set_listeners(one["listeners"], report->listeners, list);
    set_stream(one["station"], report->stream, list);
    if (report->on_air) {
        // Off air the song is one that says so.
        set_track(one["now_playing"], report->now, list);
        set_track(one["playing_next"], report->next, list);
    }
    JsonValue live = one["live"];
    if (truth_of(live["is_live"].text())) {
        report->dj = list.text(live["streamer_name"].text());
        report->since = time_of(live["broadcast_start"].text());
    }
    return set_history(one["song_history"], *report, list);
}

}  // namespace

Outcome read_azuracast(JsonValue root, ReportList& list)
{
    if (!root.is_array() && !root["station"].is_object()) {
        return Fault::kUnknownFormat;
    }
    if (!list.expect(root.is_array() ? root.size() : 1)) {
        return Fault::kNoMemory;
    }
    if (!root.is_array()) {
        return add(root, list) ? Outcome(Done{}) : Fault::kNoMemory;
    }
    for (JsonMember one : root) {
        if (!add(one.value, list)) {
            return Fault::kNoMemory;
        }
    }
    return Done{};
}

Result<Report> read_now_playing(JsonValue object, const Options& options,
                                UnixMs now, Arena& arena)
{
    if (!object["station"].is_object() || !object["now_playing"].is_object()) {
        return Fault::kUnknownFormat;
    }
    ReportList list(options, now, arena);
    Outcome outcome = read_azuracast(object, list);
    if (!outcome) {
        return outcome.fault();
    }
    if (list.reports().empty()) {
        return Fault::kUnknownFormat;
    }
    Report report = list.reports()[0];
    if (options.originals) {
        report.original = original_of(object, now, arena);
    }
    return arena.full() ? Result<Report>(Fault::kNoMemory) : report;
}

Publication publication_of(const Report& report)
{
    Publication publication;
    publication.report = report;
    publication.has_track = true;
    publication.has_on_air = true;
    publication.has_listeners = true;
    publication.whole = true;
    return publication;
}

std::optional<Publication> read_web_hook(ConstBytes body,
                                         const Options& options, UnixMs now,
                                         Arena& arena)
{
    size_t mark = arena.used();
    Result<Json> json = Json::read_strictly(body, arena);
    if (json) {
        Result<Report> report =
            read_now_playing(json->root(), options, now, arena);
        if (report) {
            Publication publication = publication_of(*report);
            publication.own_name = report->station;
            publication.report.station = {};
            return publication;
        }
    }
    arena.rewind(mark);
    return std::nullopt;
}

void add_originals(ConstBytes body, ReportList& list)
{
    Result<Json> json = Json::read_strictly(body, list.arena());
    if (!json) {
        return;
    }
    JsonValue root = json->root();
    auto add = [&list](JsonValue one, size_t from) {
        std::string_view name =
            station_name(one["station"]["shortcode"].text());
        Report* report = list.find(name, from);
        report = report != nullptr ? report : list.find(name, 0);
        if (report == nullptr) {
            return from;
        }
        report->original = original_of(one, list.now(), list.arena());
        return list.place_of(report) + 1;
    };
    if (!root.is_array()) {
        // Whatever the operator calls it.
        if (Report* only = list.first(); only != nullptr) {
            only->original = original_of(root, list.now(), list.arena());
        }
        return;
    }
    size_t from = 0;
    for (JsonMember one : root) {
        from = add(one.value, from);
    }
}

}  // namespace onair::source
