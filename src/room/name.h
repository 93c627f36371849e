// What members call themselves: repaired as titles are, and bounded.
#pragma once

#include "base/bytes.h"
#include "room/message.h"

namespace onair::room {

// Characters of a name, whatever their bytes.
inline constexpr size_t kMaxNameCharacters = 40;

// Clean UTF-8 of at most kMaxMemberName bytes, without control, bidi and
// invisible characters, blanks at the ends and runs of them; empty where
// nothing is left of it. The memory is the arena's or the text's own.
std::string_view clean_name(std::string_view name, Arena& arena);

// An id as the operator gives it: at most kMaxId bytes of UTF-8 without
// control characters.
bool good_id(std::string_view id);

}  // namespace onair::room
