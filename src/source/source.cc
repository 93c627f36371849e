#include "source/source.h"

#include <algorithm>
#include <iterator>

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

Outcome read_json(Format* format, JsonValue root, Listing& list)
{
    if (*format == Format::kAuto) {
        Result<Format> found = detect_json(root);
        if (!found) {
            return found.fault();
        }
        *format = *found;
    }
    switch (*format) {
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

Outcome read_any(Format* format, ConstBytes body, Listing& list)
{
    std::string_view text = text_of(body);
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
    Result<Json> json = Json::read(body, list.arena());
    return json ? read_json(format, json->root(), list) : json.fault();
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
    Listing list(options, now, arena);
    Format format = options.format;
    Outcome outcome = read_any(&format, body, list);
    if (!outcome) {
        return outcome.fault();
    }
    if (arena.full()) {
        return Fault::kNoMemory;
    }
    return Reports{list.reports(), format, list.left_out(), list.paths()};
}

}  // namespace onair::source
