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

}  // namespace onair::source
