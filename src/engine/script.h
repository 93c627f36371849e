// The one script that the engine runs, and what it is called with.
//
//   keys  the room's table (epoch, number, modes, what came last from each
//         worker of each machine), its stream, its channel
//   load  "load" -> 1: the script is known from now on
//   say   "say" FIELD NUMBER EPOCH LENGTH MODES PAYLOAD -> the room's number,
//         0 where this NUMBER of FIELD came before
//   read  "read" EPOCH SEQ NEW-EPOCH MOST -> epoch, number, modes, 1 where the
//         room is another one than the caller knows, entries after SEQ (oldest
//         first), or the last MOST (newest first)
//
// For the people of a room, whatever their connections:
//
//   keys    where those of one machine are kept, where they are put together,
//           where those of the other machines are
//   people  "people" "more" ID... -> 0: they are put together
//           "people" "last" ID... -> with these they are all; how many
//           different ones there are at all machines. They are forgotten in a
//           minute
//
// And for the publications of a zone's stations:
//
//   keys  the zone's table (epoch, number, what came last from each machine),
//         what is kept by its name, these names by their numbers, the channel
//   put   "put" MACHINE NUMBER EPOCH HOW TIME PARTS REST MOST PAYLOAD SEEN ->
//         the zone's number, 0 where this NUMBER of MACHINE came before, -1
//         where it gives way: HOW "later", to what has a later TIME, "unseen",
//         to what has a number after SEEN, "over", to nothing. It is kept under
//         the name PARTS REST, and what has only parts of it goes; TIME has 13
//         digits
//   list  "list" EPOCH SEQ NEW-EPOCH MOST -> as "read": what is kept with
//         numbers after SEQ, MOST of it, the oldest first
//
// A room or table that is not there begins with the caller's epoch. One that
// went back behind what the caller has seen, as the engine was restarted with
// an older file, gets a new epoch too.
#pragma once

#include <string_view>

namespace onair::engine {

extern const std::string_view kScript;

}  // namespace onair::engine
