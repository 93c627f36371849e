// Any answer of any source, read as the format that the first byte chooses:
// no fault of ours, every text clean, memory as promised.
#include <vector>

#include "base/utf8.h"
#include "check.h"
#include "source/character.h"
#include "source/pick.h"
#include "source/source.h"

using namespace onair;
using namespace onair::source;

namespace {

constexpr std::string_view kAllMounts[] = {"*"};
constexpr std::string_view kTwoMounts[] = {"1", "live.mp3"};

void check_text(std::string_view text, size_t limit)
{
    check(text.size() <= limit);
    check(is_utf8(text));
    for (; !text.empty(); text.remove_prefix(first_char(text).size)) {
        check(!is_forbidden(first_char(text).code));
    }
}

void check_track(const Track& track)
{
    for (auto text : {track.text, track.artist, track.title, track.album}) {
        check_text(text, kMaxText);
    }
    check_text(track.art, kMaxUrl);
    check_text(track.url, kMaxUrl);
    check(track.duration_ms == -1 || track.duration_ms > 0);
    check(track.started >= 0);
    check(!track.text.empty() || (track.artist.empty() && track.title.empty()));
}

void check_report(const Report& report)
{
    check_text(report.station, kMaxName);
    check_text(report.id, kMaxName);
    check_text(report.dj, kMaxText);
    check_track(report.now);
    check_track(report.next);
    for (const Track& track : report.history) {
        check_track(track);
    }
    for (auto text :
         {report.stream.name, report.stream.description, report.stream.genre,
          report.stream.url, report.stream.listen, report.stream.type}) {
        check_text(text, kMaxText);
    }
    check(report.listeners.current >= -1 && report.stream.bitrate >= -1);
}

// All the memory that was promised is enough for the sum as well.
void check_choice(const Reports& reports, const Options& options, Arena& arena)
{
    Picked picked = pick(reports.stations, "1", false);
    check((picked.report == nullptr) == reports.stations.empty());
    Result<Report> sum = add_up(
        reports.stations,
        options.mounts.empty() ? std::span(kAllMounts) : options.mounts, arena);
    check(sum.ok() || sum.fault() == Fault::kNotFound);
    if (sum.ok()) {
        check_report(*sum);
        check(sum->listeners.current >= -1 && sum->listeners.unique >= -1);
    }
}

Options options_of(uint8_t choice)
{
    Options options;
    options.format = static_cast<Format>(choice % kFormats);
    constexpr std::string_view kSets[] = {
        "",       "windows-1251", "shift_jis", "gb18030", "windows-1258",
        "utf-16", "utf-16be",     "latin1"};
    open_charsets();
    std::optional<Charset>& by =
        choice % 2 == 0 ? options.charset : options.said;
    by = charset_of(kSets[choice / 16 % std::size(kSets)]);
    options.max_stations = choice >= 128 ? 2 : 1024;
    options.station = choice % 7 == 0 ? "1" : "";
    options.mounts = choice % 28 == 0 ? std::span(kTwoMounts)
                                      : std::span<const std::string_view>();
    options.repair.split = choice % 3 != 0;
    options.repair.entities = choice % 5 != 0;
    options.paths.text = "/a/0";
    options.paths.title = "$.icestats.source[1].title";
    options.paths.artist = "$['now_playing']['song'].artist";
    options.paths.listeners = "/listeners/total";
    options.paths.station = "/station/shortcode";
    return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    Options options = options_of(data[0]);
    // A copy of exactly the size, so that reading past it shows.
    std::vector<uint8_t> body(data + 1, data + size);
    std::vector<uint8_t> memory(memory_for(body.size(), options));
    Arena arena(memory);
    Result<Reports> reports = read(body, options, 1760000000000, arena);
    if (!reports) {
        check(reports.fault() != Fault::kNoMemory);
        return 0;
    }
    check(reports->stations.size() <= options.max_stations);
    check(reports->format != Format::kAuto);
    check_text(reports->odd.member, 64);
    for (const Report& report : reports->stations) {
        check_report(report);
    }
    check_text(reports->left_out.unusable, kMaxText);
    check_choice(*reports, options, arena);
    // Less memory is a fault, never a report that is cut.
    Arena small({memory.data(), memory.size() / 64});
    Result<Reports> again = read(body, options, 1760000000000, small);
    check(again || again.fault() == Fault::kNoMemory);
    return 0;
}
