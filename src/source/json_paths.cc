// type=json: the operator says where each value is. One station, the poll
// location's unless a path names it.
#include "source/json_path.h"

#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

// Follows the operator's paths and remembers where they led.
class Follower {
  public:
    Follower(JsonValue root, ReportList& list) : root_(root), list_(list) {}

    JsonValue value(std::string_view Paths::*path)
    {
        const Paths& paths = list_.options().paths;
        if ((paths.*path).empty()) {
            return {};
        }
        bool missing = false;
        JsonValue found = value_at(root_, paths.*path, &missing);
        for (size_t i = 0; i < std::size(kPathFields); i++) {
            if (kPathFields[i].path == path) {
                list_.followed(i, path == &Paths::on_air ? JsonValue() : found,
                               missing);
            }
        }
        return found;
    }

    std::string_view text(std::string_view Paths::*path)
    {
        return value(path).text();
    }

  private:
    JsonValue root_;
    ReportList& list_;
};

bool is_on_air(Follower& follow, const Paths& paths)
{
    JsonValue on_air = follow.value(&Paths::on_air);
    return paths.on_air.empty() || on_air.is_object() || on_air.is_array() ||
           truth_of(on_air.text());
}

void set_track(Follower& follow, Track& track, ReportList& list)
{
    track.text = follow.text(&Paths::text);
    track.artist = follow.text(&Paths::artist);
    track.title = follow.text(&Paths::title);
    track.album = follow.text(&Paths::album);
    track.art = follow.text(&Paths::art);
    track.url = follow.text(&Paths::url);
    std::string_view started = follow.text(&Paths::started);
    std::string_view duration = follow.text(&Paths::duration);
    finish(track, list.repair(), list.arena());
    if (!track.text.empty()) {
        track.started = list.time("started", started);
        track.duration_ms = list.duration("duration", duration);
    }
}

}  // namespace

Outcome read_json_paths(JsonValue root, ReportList& list)
{
    Report* report = list.only();
    if (report == nullptr) {
        return Fault::kNoMemory;
    }
    Follower follow(root, list);
    std::string_view name = follow.text(&Paths::station);
    // Beside the operator's name it is one to be shown.
    if (list.options().station.empty()) {
        report->station = station_name(name);
    }
    report->stream.name = list.text(name);
    report->on_air = is_on_air(follow, list.options().paths);
    report->listeners.current =
        list.count("listeners", follow.text(&Paths::listeners));
    if (report->on_air) {
        set_track(follow, report->now, list);
    }
    return Done{};
}

}  // namespace onair::source
