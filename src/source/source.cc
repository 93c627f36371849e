#include "source/source.h"

#include <algorithm>
#include <iterator>

#include "base/utf8.h"
#include "source/format.h"

namespace onair::source {

namespace {

struct Word {
    std::string_view word;
    Format format;
};

constexpr Word kWords[] = {
    {"auto", Format::kAuto},
    {"icecast", Format::kIcecast},
    {"icecast2.5", Format::kPublicstats},
    {"icecast-xml", Format::kIcecastXml},
    {"shoutcast1", Format::kShoutcast1},
    {"shoutcast", Format::kShoutcast2},
    {"shoutcast-xml", Format::kShoutcastXml},
    {"azuracast", Format::kAzuracast},
    {"libretime", Format::kLibretime},
    {"radioco", Format::kRadioco},
    {"json", Format::kJson},
    {"onair", Format::kOnair},
    {"text", Format::kText},
    // Other words for the same.
    {"publicstats", Format::kPublicstats},
    {"shoutcast2", Format::kShoutcast2},
    {"radio.co", Format::kRadioco},
};

bool is_markup(std::string_view body)
{
    size_t begin = body.find_first_not_of(" \t\r\n\xef\xbb\xbf");
    return begin != std::string_view::npos &&
           (body[begin] == '<' || (body[begin] >= '0' && body[begin] <= '9'));
}

Outcome read_json(Format format, JsonValue root, ReportList& list)
{
    switch (format) {
        case Format::kIcecast:
            return read_icecast(root, list);
        case Format::kPublicstats:
            return read_publicstats(root, list);
        case Format::kShoutcast2:
            return read_shoutcast2(root, list);
        case Format::kAzuracast:
            return read_azuracast(root, list);
        case Format::kLibretime:
            return read_libretime(root, list);
        case Format::kRadioco:
            return read_radioco(root, list);
        case Format::kJson:
            return read_json_paths(root, list);
        case Format::kOnair:
            return read_onair(root, list);
        case Format::kAuto:
        case Format::kIcecastXml:
        case Format::kShoutcast1:
        case Format::kShoutcastXml:
        case Format::kText:
            break;
    }
    return Fault::kUnknownFormat;
}

// What the reader asked for and found to be something else. The name of a
// member is the document's word: it goes into the log, so that it is told only
// where it is a plain one.
void note_misread(const Json::Misread& misread, ReportList& list)
{
    constexpr size_t kLongest = 64;
    bool plain = misread.name.size() <= kLongest &&
                 std::all_of(misread.name.begin(), misread.name.end(),
                             [](char c) { return c >= ' ' && c <= '~'; });
    std::string_view why = misread.kind == Kind::kObject  ? "is an object"
                           : misread.kind == Kind::kArray ? "is a list"
                                                          : "is a text";
    if (misread.kind != Kind::kMissing) {
        list.note({plain ? misread.name : std::string_view(), why});
    }
}

// `<?xml version="1.0" encoding="windows-1251"?>`; empty where it says none.
std::string_view xml_encoding(std::string_view text)
{
    if (!text.starts_with("<?xml")) {
        return {};
    }
    std::string_view line = text.substr(0, text.find("?>"));
    size_t at = line.find(" encoding=");
    if (at == std::string_view::npos) {
        return {};
    }
    line.remove_prefix(at + std::string_view(" encoding=").size());
    size_t end = line.empty() ? line.npos : line.find(line[0], 1);
    return end == line.npos ? std::string_view() : line.substr(1, end - 1);
}

Result<Charset> known(std::optional<Charset> charset)
{
    return charset ? Result<Charset>(*charset) : Fault::kUnknownCharset;
}

// The set that the answer is in. The operator knows best; an answer that is
// UTF-8 is taken for that whatever it says; then its head counts, and where
// that says UTF-8, which it is not, its own first line.
Result<Charset> charset_of_answer(std::string_view text, const Options& options)
{
    if (options.charset) {
        return *options.charset;
    }
    if (has_wide_mark(text)) {
        return known(charset_of("UTF-16"));
    }
    if (!options.said && is_utf8(text)) {
        return Charset();
    }
    if (!options.said) {
        return Fault::kUnknownCharset;
    }
    if (options.said->is_utf8_after_all(text)) {
        return Charset();
    }
    if (!options.said->is_utf8()) {
        return *options.said;
    }
    // A line that can be read as it stands is not in UTF-16.
    Result<Charset> first_line = known(charset_of(xml_encoding(text)));
    return first_line && first_line->is_utf16() ? Charset() : first_line;
}

Result<std::string_view> as_utf8(std::string_view text, ReportList& list)
{
    Result<Charset> charset = charset_of_answer(text, list.options());
    if (!charset) {
        return charset.fault();
    }
    text = charset->to_utf8(text, list.arena());
    return list.arena().full() ? Result<std::string_view>(Fault::kNoMemory)
                               : Result<std::string_view>(text);
}

Outcome read_any(Format* format, std::string_view text, ReportList& list)
{
    if (*format == Format::kAuto && is_markup(text)) {
        Result<Format> found = detect_markup(text);
        if (!found) {
            return found.fault();
        }
        *format = *found;
    }
    if (*format == Format::kIcecastXml) {
        return read_icecast_xml(text, list);
    }
    if (*format == Format::kShoutcastXml) {
        return read_shoutcast_xml(text, list);
    }
    if (*format == Format::kShoutcast1) {
        return read_shoutcast1(text, list);
    }
    if (*format == Format::kText) {
        return read_text(text, list);
    }
    Result<Json> json = Json::read(bytes_of(text), list.arena());
    if (!json) {
        return json.fault();
    }
    if (*format == Format::kAuto) {
        Result<Format> found = detect_json(json->root());
        if (!found) {
            return found.fault();
        }
        *format = *found;
        json->forget_misread();
    }
    Outcome outcome = read_json(*format, json->root(), list);
    // Paths that lead to none are told as paths.
    if (*format != Format::kJson) {
        note_misread(json->misread(), list);
    }
    if (outcome && *format == Format::kAzuracast && list.options().originals) {
        add_originals(bytes_of(text), list);
    }
    return outcome;
}

}  // namespace

Result<Format> format_of(std::string_view word)
{
    const Word* at =
        std::find_if(std::begin(kWords), std::end(kWords),
                     [word](const Word& w) { return w.word == word; });
    if (at == std::end(kWords)) {
        return Fault::kUnknownFormat;
    }
    return at->format;
}

bool has_one_station(Format format)
{
    switch (format) {
        case Format::kShoutcast1:
        case Format::kLibretime:
        case Format::kRadioco:
        case Format::kJson:
        case Format::kText:
            return true;
        case Format::kAuto:
        case Format::kIcecast:
        case Format::kPublicstats:
        case Format::kIcecastXml:
        case Format::kShoutcast2:
        case Format::kShoutcastXml:
        case Format::kAzuracast:
        case Format::kOnair:
            return false;
    }
    return false;
}

bool names_stations(Format format)
{
    return !has_one_station(format) || format == Format::kJson;
}

std::string_view word_of(Format format)
{
    return std::find_if(std::begin(kWords), std::end(kWords),
                        [format](const Word& w) { return w.format == format; })
        ->word;
}

Result<Reports> read(ConstBytes body, const Options& options, UnixMs now,
                     Arena& arena)
{
    ReportList list(options, now, arena);
    Format format = options.format;
    Result<std::string_view> text = as_utf8(text_of(body), list);
    Outcome outcome =
        text ? read_any(&format, *text, list) : Outcome(text.fault());
    if (!outcome) {
        return outcome.fault();
    }
    if (arena.full()) {
        return Fault::kNoMemory;
    }
    return Reports{list.reports(), format, list.left_out(), list.paths(),
                   list.odd()};
}

}  // namespace onair::source
