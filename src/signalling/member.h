// Members of a JSON object with their text as it came: what one peer says to
// another passes untouched. Pure; called for each message of a client.
#pragma once

#include <string_view>

#include "room/raw_json.h"
#include "source/json.h"

namespace onair::signalling {

// Calls visit(name, value, raw) for each member of `object`, which was read
// from `text`: that text with nothing but blanks around the object.
template <typename Visit>
void each_member(const source::JsonValue& object, std::string_view text,
                 Visit visit)
{
    room::RawMembers raw(text);
    std::string_view value;
    for (source::JsonMember member : object) {
        if (!raw.next(&value)) {
            return;
        }
        visit(member.name, member.value, value);
    }
}

// Memory that reading a message of so many bytes takes, its id included.
constexpr size_t message_memory(size_t size)
{
    return 14 * size + 6 * size + 4096;
}

}  // namespace onair::signalling
