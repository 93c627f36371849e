// /stats?json=1 and /statistics?json=1 of SHOUTcast 2. Where there are several
// streams their ids name the stations; one alone is the poll location's. Those
// without a source may not be listed, but count in totalstreams.
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

// The server puts three blanks between artist and title where the source
// sent them apart.
std::string_view with_dash(std::string_view title, Arena& arena)
{
    constexpr std::string_view kBlanks = "   ";
    size_t at = title.find(kBlanks);
    if (at == 0 || at == std::string_view::npos ||
        title.find(" - ") != std::string_view::npos) {
        return title;
    }
    char room[2 * kMaxText];
    Writer out(room);
    out.put(title.substr(0, at));
    out.put(" - ");
    out.put(title.substr(at + kBlanks.size()));
    return out.ok() ? arena.copy(out.view()) : title;
}

void set_track(std::string_view title, Track& track, const Listing& list)
{
    track.text = with_dash(title, list.arena());
    finish(track, list.repair(), list.arena());
}

void set_stream(JsonValue stats, Stream& stream, const Listing& list)
{
    stream.name = list.text(stats["servertitle"].text());
    stream.genre = list.text(stats["servergenre"].text());
    stream.url = list.url(stats["serverurl"].text());
    stream.listen = list.url(stats["streampath"].text());
    stream.type = list.text(stats["content"].text());
    stream.bitrate = bitrate_of(stats["bitrate"].text());
}

void fill(JsonValue stats, Report& report, const Listing& list)
{
    JsonValue status = stats["streamstatus"];
    // Where it is not said, on air is what has a title.
    report.on_air = status.is_missing() ? !stats["songtitle"].text().empty()
                                        : count_of(status.text()) == 1;
    report.listeners.current = count_of(stats["currentlisteners"].text());
    report.listeners.peak = count_of(stats["peaklisteners"].text());
    report.listeners.unique = count_of(stats["uniquelisteners"].text());
    set_stream(stats, report.stream, list);
    if (!report.on_air) {
        return;
    }
    int64_t uptime = count_of(stats["streamuptime"].text());
    if (uptime >= 0 && uptime < list.now() / 1000) {
        report.since = list.now() - uptime * 1000;
    }
    report.now.url = stats["songurl"].text();
    set_track(stats["songtitle"].text(), report.now, list);
    set_track(stats["nexttitle"].text(), report.next, list);
    report.dj = list.text(stats["dj"].text());
}

}  // namespace

Outcome read_shoutcast2(JsonValue root, Listing& list)
{
    JsonValue streams = root["streams"];
    bool one = !root["streamstatus"].is_missing();
    if (!one && root["totalstreams"].is_missing() && !streams.is_array()) {
        return Fault::kUnknownFormat;
    }
    if (!list.expect(one ? 1 : streams.size())) {
        return Fault::kNoMemory;
    }
    if (one) {
        if (Report* report = list.add()) {
            fill(root, *report, list);
        }
        return Done{};
    }
    bool named =
        streams.size() > 1 || count_of(root["totalstreams"].text()) > 1;
    for (JsonMember stream : streams) {
        std::string_view id = station_name(stream.value["id"].text());
        if (named && id.empty()) {
            list.leave_out();
            continue;
        }
        if (Report* report = list.add()) {
            report->station = named ? id : std::string_view();
            fill(stream.value, *report, list);
        }
    }
    return Done{};
}

}  // namespace onair::source
