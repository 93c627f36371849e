// type=json: the operator says where each value is. One station, the poll
// location's unless a path names it.
#include "source/json_path.h"

#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

Outcome read_json_paths(JsonValue root, Listing& list)
{
    const Paths& paths = list.options().paths;
    auto text_at = [root](std::string_view path) {
        return value_at(root, path).text();
    };
    Report* report = list.only();
    if (report == nullptr) {
        return Fault::kNoMemory;
    }
    std::string_view name = text_at(paths.station);
    report->station = station_name(name);
    report->stream.name = list.text(name);
    JsonValue on_air = value_at(root, paths.on_air);
    report->on_air = paths.on_air.empty() || on_air.is_object() ||
                     on_air.is_array() || truth_of(on_air.text());
    report->listeners.current = count_of(text_at(paths.listeners));
    if (!report->on_air) {
        return Done{};
    }
    Track& track = report->now;
    track.text = text_at(paths.text);
    track.artist = text_at(paths.artist);
    track.title = text_at(paths.title);
    track.album = text_at(paths.album);
    track.art = text_at(paths.art);
    track.url = text_at(paths.url);
    finish(track, list.repair(), list.arena());
    if (!track.text.empty()) {
        track.started = time_of(text_at(paths.started));
        track.duration_ms = duration_of(text_at(paths.duration));
    }
    return Done{};
}

}  // namespace onair::source
