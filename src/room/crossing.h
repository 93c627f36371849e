// What crosses machines: a room of the same name is one room wherever it has
// members, and its messages get their numbers from the engine.
//
//   post() -> ring, without a number -> the worker with the connection ->
//   engine -> that worker at each machine -> take_in() -> history, ring -> all
//
// While the engine is away the same worker numbers them, in an epoch of this
// machine's own. It alone calls what is here; whoever else reads the room sees
// each message once, by its number. The caller wakes the others (told()).
#pragma once

#include "room/talk.h"

namespace onair::room {

// Whether other machines are told of it.
bool crosses(const Message& message);
// Whether a record of a ring has yet to get its number.
bool is_on_its_way(const Rooms& rooms, const Message& message);

// Shows a message that has a number and an epoch of the engine; one that was
// taken in before is not again. `foreign`: another machine's, whose bans,
// modes and deletions are to be made here too.
void take_in(const Floor& floor, Message* message, bool foreign);
// The same for one of the past, of which only the traces are of interest: it
// goes into the history and is not shown.
void remember(const Floor& floor, Message* message, bool foreign);
// Gives one a number of this machine's own and shows it.
void number_here(const Floor& floor, Message* message);

// The engine is away: a new epoch, whose numbers go on from the last; told as
// an event. Nothing where the room is local already.
void go_local(const Floor& floor);
// The engine is there: from now on the room is what it is there, in this epoch
// and up to this number. What the room had is forgotten first (begin_anew() of
// its history), what the engine has was remembered, oldest first.
void go_all(const Floor& floor, uint32_t epoch, uint64_t seq);

}  // namespace onair::room
