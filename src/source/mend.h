// The pass before the reader that makes JSON of what sources send instead.
// See Json::read for what is mended. No recursion, one look at each byte.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace onair::source {

struct Mended {
    size_t size = 0;   // bytes written
    size_t nodes = 0;  // keys and values in it
};

// Room that is always enough.
constexpr size_t mended_room(size_t body)
{
    return 3 * body + 16;
}

// Writes at most mended_room(body.size()) bytes. The reader still has the last
// word on whether it is JSON. Faults: kNotJson, kTooDeep.
Result<Mended> mend(std::string_view body, std::span<char> out);

}  // namespace onair::source
