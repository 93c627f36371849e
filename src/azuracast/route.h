// Which of AzuraCast's public addresses a request is for. Pure; hostile input.
#pragma once

#include <cstdint>
#include <string_view>

namespace onair::azuracast {

enum class Page : uint8_t {
    kNone,
    kWebSocket,   // .../live/nowplaying/websocket
    kSse,         // .../live/nowplaying/sse
    kHttpStream,  // .../live/nowplaying/http_stream
    kAll,         // .../nowplaying
    kOne,         // .../nowplaying/STATION, .../station/STATION/nowplaying
    kFile,        // .../nowplaying_static/STATION.json
    kText,        // .../nowplaying_static/STATION.txt
    kArt,         // .../nowplaying/STATION/art, also with /TIME.jpg behind it
    kTime,        // .../time
};

struct Route {
    Page page = Page::kNone;
    std::string_view station;  // name or number; a view of the path
};

// `path` is a decoded URI. What stands in front of these addresses (/api, or
// wherever a location is) does not matter.
Route route_of(std::string_view path);

}  // namespace onair::azuracast
