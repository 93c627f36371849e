// The first stage: an answer's bytes become reports, one a station. The only
// users of RapidJSON's reader are in this folder.
//
// Called by the poller in the worker that holds the lease, once a poll, and by
// the publish location in any worker. Hostile input: every byte comes from
// somebody else's server; depth, counts and lengths are bounded, and a bound
// that was hit is told.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/station.h"
#include "source/charset.h"

namespace onair::source {

enum class Format : uint8_t {
    kAuto,          // look at the document
    kIcecast,       // Icecast 2.4 and 2.5 status-json.xsl
    kPublicstats,   // Icecast 2.5 /admin/publicstats.json
    kIcecastXml,    // Icecast and Icecast-KH /admin/stats
    kShoutcast1,    // /7.html
    kShoutcast2,    // /stats?json=1, /statistics?json=1
    kShoutcastXml,  // /stats, /statistics, admin.cgi?mode=viewxml
    kAzuracast,     // /api/nowplaying, one station, static file
    kLibretime,     // /api/live-info, live-info-v2
    kRadioco,       // public.radio.co/stations/ID/status
    kJson,          // paths given by the operator
    kOnair,         // another onair's snapshot, or several
    kText,          // a line, "Artist - Title"
};
inline constexpr size_t kFormats = static_cast<size_t>(Format::kText) + 1;

// Whether a document of this format may name its stations. If not, the poll
// location has to.
bool names_stations(Format format);
// Whether it tells of one station only.
bool has_one_station(Format format);

// The word of `type=`; Fault::kUnknownFormat when there is no such.
Result<Format> format_of(std::string_view word);
std::string_view word_of(Format format);

// The switches of the repair kit; the defaults are what stations want.
struct Repair {
    bool entities = true;      // &#233; and &amp; in titles are decoded
    bool double_utf8 = true;   // UTF-8 that was read as Latin-1 is mended
    bool invisible = true;     // bidi and zero-width characters go; controls
                               // and noncharacters always do
    bool split = true;         // "Artist - Title" is split at the first " - "
    bool placeholders = true;  // "Unknown", "-" and the like are no title
};

// Where `type=json` finds its values: JSON Pointer (RFC 6901) or the $.a.b[0]
// subset of JSONPath; empty: not given.
struct Paths {
    std::string_view text, artist, title, album, art, url;
    std::string_view started, duration, listeners, on_air, station;
};

// The parameters by which an operator gives a path.
struct PathField {
    std::string_view word;
    std::string_view Paths::*path;
    bool of_track;  // nothing of it is told while no track is on
};

inline constexpr PathField kPathFields[] = {
    {"text", &Paths::text, true},
    {"artist", &Paths::artist, true},
    {"title", &Paths::title, true},
    {"album", &Paths::album, true},
    {"art", &Paths::art, true},
    {"url", &Paths::url, true},
    {"started", &Paths::started, true},
    {"duration", &Paths::duration, true},
    {"listeners", &Paths::listeners, false},
    {"on_air", &Paths::on_air, false},
    {"name", &Paths::station, false},
};

struct Options {
    Format format = Format::kAuto;
    // What the operator says that the whole answer is in, if he does.
    std::optional<Charset> charset;
    // What the answer's own Content-Type says; none: a name nobody knows.
    std::optional<Charset> said = Charset();
    Repair repair;
    Paths paths;
    size_t max_stations = 1024;
    // Whether what an AzuraCast says is kept in its own words besides; not
    // where the arena has no more than other formats need.
    bool originals = false;
    // The name that the operator gave, if he did: the station so called is
    // among the reports however many there are, and none needs a name.
    std::string_view station;
    // Only these of the document, if any is given; "*": all.
    std::span<const std::string_view> mounts;
};

// Stations of the document that are not among the reports.
struct LeftOut {
    size_t past_bound = 0;      // max_stations
    size_t nameless = 0;        // without a name that can be used
    std::string_view unusable;  // what the first of those has instead
};

// A bit for each path of type=json, in the order of kPathFields.
struct PathsLed {
    uint32_t somewhere = 0;  // to a value, or to null
    uint32_t nowhere = 0;
    uint32_t to_several = 0;  // to an object or an array
    bool operator==(const PathsLed&) const = default;
};

// A known member that could not be read, by its name in the document and what
// it is not ("is no number"). Both are empty where all could.
struct Odd {
    std::string_view member;
    std::string_view why;
};

struct Reports {
    std::span<const Report> stations;
    Format format = Format::kAuto;  // what the document turned out to be
    LeftOut left_out;
    PathsLed paths;
    Odd odd;  // the first that was met
};

// Memory of the arena that is always enough to read a body of `size` bytes;
// real documents need a fourth of it.
constexpr size_t memory_for(size_t size, const Options& options)
{
    size_t stations = size / 2 + 1;
    if (stations > options.max_stations) {
        stations = options.max_stations;
    }
    // What is converted grows before it is read.
    Charset said = options.said.value_or(Charset());
    bool converted = !options.charset.value_or(said).is_utf8();
    size_t times = converted ? 16 * Charset::kGrowth + 4 : 16;
    size_t documents = options.originals ? 2 : 1;
    return 64 * 1024 + documents * times * size +
           stations * (sizeof(Report) + sizeof(uint32_t));
}

// Reads one whole answer. All memory, the views in the reports included, is
// the arena's: memory_for() bytes, less may be a Fault::kNoMemory. `body` is
// not changed and must outlive the reports.
// `now` is only used to turn "seconds ago" into a time.
// Faults: kNotJson, kNotXml, kUnknownFormat, kTooDeep, kNoMemory,
// kTooLarge, kUnknownCharset. A document without stations is no fault.
//
// report.station is the mount, the shortcode or the id that the document
// gives the station; empty only where it names none, and there is one then.
Result<Reports> read(ConstBytes body, const Options& options, UnixMs now,
                     Arena& arena);

// Checks the operator's path once, at `nginx -t`. "-", which RFC 6901 has for
// what is behind an array's end, is no step: nothing is ever there.
Outcome check_path(std::string_view path);

}  // namespace onair::source
