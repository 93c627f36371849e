// What an operator is told of a room: on the status page and by
// onair_room_control.
#pragma once

#include "room/event.h"
#include "room/rooms.h"

namespace onair::room {

// What the table itself does not know.
struct Reported {
    std::span<const std::string_view> reactions;  // their names
};

// Distinct ids that are connected.
size_t people_in(const Rooms& rooms, const Room& room);
// The same of all machines, as far as it is known.
size_t people_everywhere(const Rooms& rooms, const Room& room);

size_t most_report(const Reported& reported);

// {"room":"rock","epoch":"..","seq":42,"members":3,"people":3,"roles":{..},
//  "peak":5,"watched":120.500,"messages":40,"refused":1,"left_out":0,
//  "modes":{..},"reactions":{..}}
void write_report(Writer& out, const Rooms& rooms, const Room& room,
                  const Reported& reported);

}  // namespace onair::room
