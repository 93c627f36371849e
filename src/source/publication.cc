#include "source/publication.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"
#include "source/fields.h"
#include "source/form.h"
#include "source/format.h"
#include "source/json.h"
#include "source/repair.h"
#include "source/scalar.h"
#include "source/track.h"
#include "source/url.h"

namespace onair::source {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr std::string_view kUpdinfo = "updinfo";

bool given(std::string_view value)
{
    return value.data() != nullptr;
}

bool names_charset(std::string_view text)
{
    constexpr std::string_view kWord = "charset";
    for (size_t at = 0; at + kWord.size() <= text.size(); at++) {
        if (equals_ignoring_case(text.substr(at, kWord.size()), kWord)) {
            return true;
        }
    }
    return false;
}

std::string_view media_type(std::string_view content_type)
{
    std::string_view type = content_type.substr(0, content_type.find(';'));
    return type.substr(0, type.find_last_not_of(" \t") + 1);
}

// AzuraCast's web hook pushes what its API answers.
Outcome set_azuracast(JsonValue root, const Repair& repair, UnixMs now,
                      Arena& arena, Publication* publication,
                      std::string_view* why)
{
    Options options;
    options.repair = repair;
    ReportList list(options, now, arena);
    Outcome outcome = read_azuracast(root, list);
    if (!outcome) {
        *why = describe(outcome.fault());
        return outcome;
    }
    if (list.reports().empty()) {
        *why = "station has no usable shortcode";
        return Fault::kBadRequest;
    }
    publication->report = list.reports()[0];
    publication->own_name = publication->report.station;
    publication->report.station = {};
    publication->whole = true;
    publication->has_track = true;
    publication->has_on_air = true;
    publication->has_listeners =
        !(publication->report.listeners == Listeners());
    return Done{};
}

struct Counted {
    std::string_view Fields::*from;
    int64_t Listeners::*to;
};

bool set_listeners(const Fields& fields, Publication& publication)
{
    constexpr Counted kCounted[] = {
        {&Fields::listeners, &Listeners::current},
        {&Fields::peak, &Listeners::peak},
        {&Fields::unique, &Listeners::unique},
    };
    for (const Counted& counted : kCounted) {
        std::string_view text = fields.*counted.from;
        if (text.empty()) {
            continue;
        }
        int64_t count = count_of(text);
        if (count < 0) {
            return false;
        }
        publication.report.listeners.*counted.to = count;
        publication.has_listeners = true;
    }
    return true;
}

void set_track(const Fields& fields, const Repair& repair, Arena& arena,
               Publication& publication)
{
    publication.has_track =
        given(fields.text) || given(fields.artist) || given(fields.title);
    if (!publication.has_track) {
        return;
    }
    Track& track = publication.report.now;
    track.text = fields.text;
    track.artist = fields.artist;
    track.title = fields.title;
    track.album = fields.album;
    track.art = fields.art;
    track.url = fields.url;
    finish(track, repair, arena);
    if (track.text.empty()) {
        return;
    }
    track.started = time_of(fields.started);
    track.duration_ms = duration_of(fields.duration);
    // Zero, or less, is how publishers say that they do not know.
    if (track.started == kNoTime && truth_of(fields.started)) {
        publication.odd = "started is no time with its zone";
    } else if (track.duration_ms < 0 && truth_of(fields.duration) &&
               fields.duration[0] != '-') {
        publication.odd = "duration is no number of seconds";
    }
}

// With a track these words are the track's: a file's tags, which no member
// holds. What is the stream's stands in its own object, or without a track.
std::string_view of_stream(std::string_view inner, std::string_view outer,
                           const Publication& publication)
{
    return given(inner)            ? inner
           : publication.has_track ? std::string_view()
                                   : outer;
}

void set_rest(const Fields& fields, const Repair& repair, Arena& arena,
              Publication& publication)
{
    std::string_view told =
        fields.on_air.empty() ? fields.status : fields.on_air;
    publication.has_on_air = !told.empty();
    Report& report = publication.report;
    report.on_air = told.empty() ? publication.has_track : truth_of(told);
    report.dj = clean(fields.dj, kMaxText, repair, arena);
    auto stream = [&](std::string_view inner, std::string_view outer) {
        return clean(of_stream(inner, outer, publication), kMaxText, repair,
                     arena);
    };
    report.stream.name = stream(fields.stream_name, fields.name);
    report.stream.description =
        stream(fields.stream_description, fields.description);
    report.stream.genre = stream(fields.stream_genre, fields.genre);
}

Outcome fill(const Fields& fields, const Repair& repair, Arena& arena,
             Publication& publication, std::string_view* why)
{
    set_track(fields, repair, arena, publication);
    set_rest(fields, repair, arena, publication);
    if (!set_listeners(fields, publication)) {
        *why = "listeners is no number";
        return Fault::kBadRequest;
    }
    if (publication.updinfo && !publication.has_track) {
        *why = "song is missing";
        return Fault::kBadRequest;
    }
    if (!publication.has_track && !publication.has_on_air &&
        !publication.has_listeners) {
        *why = "nothing that is known: artist, title, text, listeners, on_air";
        return Fault::kBadRequest;
    }
    return Done{};
}

// What one request says, from its parts to the publication.
class Reading {
  public:
    Reading(const Repair& repair, UnixMs now, Arena& arena,
            std::string_view* why)
        : repair_(repair),
          now_(now),
          arena_(arena),
          why_(why),
          reader_(arena, why)
    {}

    Outcome query(std::string_view text)
    {
        reader_.find_charset(text);
        Outcome outcome = reader_.read_form(text);
        // mode= is a query's word: in a body any other may be a script's own.
        std::string_view mode = reader_.fields().mode;
        result.updinfo = mode == kUpdinfo;
        if (outcome && !mode.empty() && !result.updinfo) {
            return refuse("mode is not updinfo");
        }
        return outcome;
    }

    Outcome body(std::string_view content_type, ConstBytes bytes);
    Outcome finish();

    Publication result;

  private:
    Outcome json(ConstBytes bytes);
    Outcome refuse(std::string_view why)
    {
        *why_ = why;
        return Fault::kBadRequest;
    }

    const Repair& repair_;
    UnixMs now_;
    Arena& arena_;
    std::string_view* why_;
    FieldReader reader_;
};

Outcome Reading::json(ConstBytes bytes)
{
    Result<ConstBytes> utf8 = reader_.as_utf8(bytes);
    if (!utf8) {
        return utf8.fault();
    }
    Result<Json> json = Json::read(*utf8, arena_);
    if (!json) {
        *why_ = "body is not JSON";
        return json.fault();
    }
    JsonValue root = json->root();
    return root.is_object() && is_azuracast(root)
               ? set_azuracast(root, repair_, now_, arena_, &result, why_)
               : reader_.read_json(root);
}

Outcome Reading::body(std::string_view content_type, ConstBytes bytes)
{
    std::string_view type = media_type(content_type);
    if (equals_ignoring_case(type.substr(0, type.find('/')), "multipart")) {
        return refuse(
            "multipart bodies are not taken, send JSON or form fields");
    }
    std::string_view text = text_of(bytes);
    size_t begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (begin == npos) {
        return Done{};
    }
    if (!reader_.has_charset()) {
        reader_.set_charset(charset_in(content_type));
    }
    // By its look rather than by its type: curl -d calls JSON a form.
    bool is_json = equals_ignoring_case(type, "application/json");
    if (is_json || text[begin] == '{' || text[begin] == '[') {
        return json(bytes);
    }
    if (text.find('=') == npos) {
        return refuse("body is neither JSON nor form fields");
    }
    // The line end that a file brings along is no part of the last value.
    text = text.substr(0, text.find_last_not_of("\r\n") + 1);
    reader_.find_charset(text);
    return reader_.read_form(text);
}

Outcome Reading::finish()
{
    const Fields& fields = reader_.fields();
    result.updinfo = result.updinfo || fields.mode == kUpdinfo;
    if (!fields.station.empty()) {
        result.report.station = station_name(fields.station);
        if (result.report.station.empty()) {
            return refuse("station is no usable name");
        }
    }
    result.poll = truth_of(fields.poll);
    return result.poll || result.whole
               ? Outcome(Done{})
               : fill(fields, repair_, arena_, result, why_);
}

}  // namespace

Result<Publication> read_publication(std::string_view content_type,
                                     std::string_view query, ConstBytes body,
                                     const Repair& repair, UnixMs now,
                                     Arena& arena, std::string_view* why)
{
    Reading reading(repair, now, arena, why);
    Outcome outcome = reading.query(query);
    outcome = outcome ? reading.body(content_type, body) : outcome;
    outcome = outcome ? reading.finish() : outcome;
    if (arena.full()) {
        *why = "out of memory";
        return Fault::kNoMemory;
    }
    if (!outcome) {
        return outcome.fault();
    }
    return reading.result;
}

size_t publication_memory(std::string_view content_type, std::string_view query,
                          ConstBytes body)
{
    // A body that is to be converted grows before it is read.
    size_t times = names_charset(content_type) || names_charset(query) ||
                           names_charset(text_of(body))
                       ? 16 * Charset::kGrowth + 4
                       : 16;
    return size_t{64} * 1024 + times * (query.size() + body.size());
}

bool is_updinfo(std::string_view form, Arena& arena)
{
    bool found = false;
    FormReader reader(form, arena);
    while (reader.next()) {
        found = reader.name() == "mode" ? reader.value() == kUpdinfo : found;
    }
    return found;
}

}  // namespace onair::source
