// URLs that a source says, and the names of stations in them.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/station.h"

namespace onair::source {

// A URL is kept only if it is http, https or a path, of printable ASCII after
// percent-encoding of the rest; anything else becomes empty.
std::string_view clean_url(std::string_view url, size_t limit, Arena& arena);

// Whether a station can be called so: 1 to kMaxName bytes of UTF-8, nothing but
// printable characters.
bool is_usable_name(std::string_view name);

// The station's name of a mount or URL: the path without its first slash and
// without query ("http://h:8000/live/rock.mp3?x" -> "live/rock.mp3"). Empty
// when there is none or it is longer than kMaxName or holds anything but
// printable characters.
std::string_view station_name(std::string_view listen_url);

}  // namespace onair::source
