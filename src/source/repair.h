// The repair kit: whatever bytes a source sends for a title become the
// characters a person meant. Used by every format and by the publish location.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "source/source.h"

namespace onair::source {

// Clean UTF-8 of at most `limit` bytes, cut at the border of a character; the
// memory is the arena's, or text's own when nothing had to change. Bytes that
// are not UTF-8 are read as Windows-1252 (and Latin-1 where that has no
// character). Blanks at both ends go and runs of white space become one blank.
std::string_view clean(std::string_view text, size_t limit,
                       const Repair& repair, Arena& arena);

// A URL is kept only if it is http, https or a path, of printable ASCII after
// percent-encoding of the rest; anything else becomes empty.
std::string_view clean_url(std::string_view url, size_t limit, Arena& arena);

// Cleans every text of a track and fills what can be derived: text from artist
// and title, artist and title from text (where `repair.split`). A track that
// holds only placeholders becomes empty.
void finish(Track& track, const Repair& repair, Arena& arena);

// Whether a station can be called so: 1 to kMaxName bytes of UTF-8, nothing but
// printable characters.
bool is_usable_name(std::string_view name);

// The station's name of a mount or URL: the path without its first slash and
// without query ("http://h:8000/live/rock.mp3?x" -> "live/rock.mp3"). Empty
// when there is none or it is longer than kMaxName or holds anything but
// printable characters.
std::string_view station_name(std::string_view listen_url);

}  // namespace onair::source
