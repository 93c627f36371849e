#include "room/name.h"

#include <algorithm>

#include "base/utf8.h"
#include "source/repair.h"

namespace onair::room {

std::string_view clean_name(std::string_view name, Arena& arena)
{
    source::Repair repair;
    // A name is text, not a source's HTML.
    repair.entities = false;
    repair.double_utf8 = false;
    std::string_view clean = source::clean(name, kMaxMemberName, repair, arena);
    size_t size = 0;
    for (size_t count = 0; size < clean.size() && count < kMaxNameCharacters;
         count++) {
        size_t step = first_char(clean.substr(size)).size;
        size += std::max<size_t>(step, 1);
    }
    clean = clean.substr(0, size);
    while (clean.ends_with(' ')) {
        clean.remove_suffix(1);
    }
    return clean;
}

bool good_id(std::string_view id)
{
    return !id.empty() && id.size() <= kMaxId && is_utf8(id) &&
           std::none_of(id.begin(), id.end(), [](char c) {
               auto byte = static_cast<uint8_t>(c);
               return byte < 0x20 || byte == 0x7f;
           });
}

}  // namespace onair::room
