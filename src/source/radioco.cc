// public.radio.co/stations/ID/status: one station, the poll location's. Its
// history has no times and is left alone.
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

Outcome read_radioco(JsonValue root, ReportList& list)
{
    JsonValue track = root["current_track"];
    if (root["status"].is_missing() || track.is_missing()) {
        return Fault::kUnknownFormat;
    }
    Report* report = list.only();
    if (report == nullptr) {
        return Fault::kNoMemory;
    }
    report->on_air = root["status"].text() == "online";
    if (report->on_air) {
        report->now.text = track["title"].text();
        report->now.art = track["artwork_url"].text();
        finish(report->now, list.repair(), list.arena());
        report->now.started = report->now.text.empty()
                                  ? kNoTime
                                  : time_of(track["start_time"].text());
    }
    report->dj = list.text(root["source"]["collaborator"]["name"].text());
    JsonValue output = root["outputs"].at(0);
    report->stream.bitrate = bitrate_of(output["bitrate"].text());
    if (equals_ignoring_case(output["format"].text(), "mp3")) {
        report->stream.type = "audio/mpeg";
    } else if (equals_ignoring_case(output["format"].text(), "aac")) {
        report->stream.type = "audio/aac";
    }
    return Done{};
}

}  // namespace onair::source
