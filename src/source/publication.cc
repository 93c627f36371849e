#include "source/publication.h"

#include <algorithm>
#include <iterator>

#include "source/character.h"
#include "source/form.h"
#include "source/json.h"
#include "source/repair.h"
#include "source/scalar.h"
#include "source/utf8.h"

namespace onair::source {

namespace {

constexpr size_t npos = std::string_view::npos;

// Raw texts as the publisher sent them; no data(): not given. Given and empty
// is something else: a title that was cleared.
struct Fields {
    std::string_view station, artist, title, text, album, art, url;
    std::string_view started, duration, listeners, peak, unique, on_air, status;
    std::string_view dj, name, description, genre;
    std::string_view stream_name, stream_description, stream_genre;
    std::string_view mode, charset, poll;
};

struct Field {
    std::string_view name;
    std::string_view Fields::*to;
};

// The allow-list, with the other words publishers use for the same.
constexpr Field kFields[] = {
    {"album", &Fields::album},
    {"art", &Fields::art},
    {"artist", &Fields::artist},
    {"artwork", &Fields::art},
    {"charset", &Fields::charset},
    {"current", &Fields::listeners},
    {"description", &Fields::description},
    {"dj", &Fields::dj},
    {"duration", &Fields::duration},
    {"genre", &Fields::genre},
    {"listeners", &Fields::listeners},
    {"mode", &Fields::mode},
    {"mount", &Fields::station},
    {"name", &Fields::name},
    {"on_air", &Fields::on_air},
    {"on_air_timestamp", &Fields::started},
    {"peak", &Fields::peak},
    {"poll", &Fields::poll},
    {"song", &Fields::text},
    {"started", &Fields::started},
    {"station", &Fields::station},
    {"status", &Fields::status},
    {"text", &Fields::text},
    {"title", &Fields::title},
    {"unique", &Fields::unique},
    {"url", &Fields::url},
};

bool given(std::string_view value)
{
    return value.data() != nullptr;
}

void set(Fields& fields, std::string_view name, std::string_view value)
{
    const Field* at =
        std::find_if(std::begin(kFields), std::end(kFields),
                     [name](const Field& field) { return field.name == name; });
    if (at != std::end(kFields)) {
        fields.*at->to = given(value) ? value : std::string_view("");
    }
}

void set(Fields& fields, std::string_view name, JsonValue value)
{
    if (value.kind() == Kind::kString) {
        set(fields, name, value.text());
    }
}

void set_form(Fields& fields, std::string_view text, Arena& arena)
{
    FormReader form(text, arena);
    while (form.next()) {
        set(fields, form.name(), form.value());
    }
}

// Members of the snapshot's own inner objects are taken where they stand.
void set_object(Fields& fields, JsonValue object)
{
    for (JsonMember member : object) {
        bool inner = member.name == "now" || member.name == "listeners" ||
                     member.name == "stream";
        if (!inner || !member.value.is_object()) {
            set(fields, member.name, member.value);
            continue;
        }
        for (JsonMember one : member.value) {
            bool where_audio_is = member.name == "stream" && one.name == "url";
            if (!where_audio_is) {
                set(fields, one.name, one.value);
            }
        }
    }
}

bool set_pairs(Fields& fields, JsonValue pairs)
{
    for (JsonMember pair : pairs) {
        if (pair.value.size() != 2 || !pair.value.is_array()) {
            return false;
        }
        set(fields, pair.value.at(0).text(), pair.value.at(1));
    }
    return true;
}

Outcome set_json(Fields& fields, ConstBytes body, Arena& arena,
                 std::string_view* why)
{
    Result<Json> json = Json::read(body, arena);
    if (!json) {
        *why = "body is not JSON";
        return json.fault();
    }
    JsonValue root = json->root();
    if (root.is_object()) {
        set_object(fields, root);
        return Done{};
    }
    if (root.is_array() && set_pairs(fields, root)) {
        return Done{};
    }
    *why = "body is neither an object nor [key, value] pairs";
    return Fault::kBadRequest;
}

std::string_view media_type(std::string_view content_type)
{
    std::string_view type = content_type.substr(0, content_type.find(';'));
    return type.substr(0, type.find_last_not_of(" \t") + 1);
}

Outcome set_body(Fields& fields, std::string_view content_type, ConstBytes body,
                 Arena& arena, std::string_view* why)
{
    std::string_view type = media_type(content_type);
    if (equals_ignoring_case(type.substr(0, type.find('/')), "multipart")) {
        *why = "multipart bodies are not taken, send JSON or form fields";
        return Fault::kBadRequest;
    }
    std::string_view text = text_of(body);
    size_t begin = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    if (begin == npos) {
        return Done{};
    }
    // By its look rather than by its type: curl -d calls JSON a form.
    bool is_json = equals_ignoring_case(type, "application/json");
    if (is_json || text[begin] == '{' || text[begin] == '[') {
        return set_json(fields, body, arena, why);
    }
    if (text.find('=') == npos) {
        *why = "body is neither JSON nor form fields";
        return Fault::kBadRequest;
    }
    // The line end that a file brings along is no part of the last value.
    set_form(fields, text.substr(0, text.find_last_not_of("\r\n") + 1), arena);
    return Done{};
}

// Bytes that are said to be Latin-1, as UTF-8. What was in truth UTF-8 comes
// out encoded twice, which the repair kit mends.
std::string_view from_latin_1(std::string_view text, Arena& arena)
{
    char room[3 * kMaxText];
    Writer out(room);
    for (char c : text.substr(0, kMaxText)) {
        put_utf8(out, from_windows_1252(static_cast<uint8_t>(c)));
    }
    return arena.copy(out.view());
}

void decode(Fields& fields, Arena& arena)
{
    constexpr std::string_view kLatin[] = {
        "iso-8859-1", "iso8859-1",    "latin1", "latin-1",
        "l1",         "windows-1252", "cp1252",
    };
    if (std::none_of(std::begin(kLatin), std::end(kLatin),
                     [&fields](std::string_view name) {
                         return equals_ignoring_case(fields.charset, name);
                     })) {
        return;
    }
    for (auto field : {&Fields::artist, &Fields::title, &Fields::text}) {
        if (!(fields.*field).empty()) {
            fields.*field = from_latin_1(fields.*field, arena);
        }
    }
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
    if (!track.text.empty()) {
        track.started = time_of(fields.started);
        track.duration_ms = duration_of(fields.duration);
    }
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
    report.stream.name = clean(fields.name, kMaxText, repair, arena);
    report.stream.description =
        clean(fields.description, kMaxText, repair, arena);
    report.stream.genre = clean(fields.genre, kMaxText, repair, arena);
}

Outcome fill(Fields& fields, const Repair& repair, Arena& arena,
             Publication& publication, std::string_view* why)
{
    if (!fields.station.empty()) {
        publication.report.station = station_name(fields.station);
        if (publication.report.station.empty()) {
            *why = "station is no usable name";
            return Fault::kBadRequest;
        }
    }
    publication.poll = truth_of(fields.poll);
    if (publication.poll) {
        return Done{};
    }
    decode(fields, arena);
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

}  // namespace

Result<Publication> read_publication(std::string_view content_type,
                                     std::string_view query, ConstBytes body,
                                     const Repair& repair, UnixMs /*now*/,
                                     Arena& arena, std::string_view* why)
{
    Fields fields;
    set_form(fields, query, arena);
    // mode= is a query's word: in a body any other may be a script's own.
    std::string_view mode = fields.mode;
    Outcome outcome = set_body(fields, content_type, body, arena, why);
    if (!outcome) {
        return outcome.fault();
    }
    Publication publication;
    publication.updinfo = mode == "updinfo" || fields.mode == "updinfo";
    if (!mode.empty() && !publication.updinfo) {
        *why = "mode is not updinfo";
        return Fault::kBadRequest;
    }
    outcome = fill(fields, repair, arena, publication, why);
    if (!outcome) {
        return outcome.fault();
    }
    if (arena.full()) {
        *why = "out of memory";
        return Fault::kNoMemory;
    }
    return publication;
}

}  // namespace onair::source
