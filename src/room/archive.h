// The rooms of a zone as the bytes of a file, with which the next life of the
// server begins: names, modes, totals, histories and bans. Of this machine and
// this layout only, and hostile until looked at, as the file of the states is,
// behind which it stands:
//
//   states of stations | head | rooms, each with its messages | bans | foot
//
// A room of the next life has an epoch of its own: members that come back are
// told of a gap, and shown the history. Pure; called by the master (restore)
// and by any worker (the others).
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "room/command.h"
#include "room/rooms.h"
#include "room/talk.h"

namespace onair::room {

// What a file holds: nothing of rooms where it has no foot of ours.
struct Parts {
    ConstBytes stations;
    ConstBytes rooms;
};
Parts parts_of(ConstBytes file);

// Bytes that archive() may need.
size_t archive_bound(const Rooms& rooms);

// Writes what all rooms hold, with the foot, and returns how many bytes that
// is. kNoMemory: `out` is smaller than archive_bound().
Result<size_t> archive(const Rooms& rooms, UnixMs now, Bytes out);

// A number that changes with what an archive holds, but for counts that only
// time or reactions raise.
uint64_t news_of(const Rooms& rooms);

inline constexpr size_t kArchiveScratch =
    kMaxPacked + command_memory(kMaxSaid + 1024);

struct RestoredRooms {
    size_t rooms = 0;  // in the archive
    size_t taken = 0;  // of them, for which there was room
};

// Takes over what an archive holds; for rooms just created. Messages that are
// no such, as only a hostile file has them, are left out. Scratch:
// kArchiveScratch bytes. Faults: kLayoutChanged (another version's),
// kIncomplete (parts of it are missing or wrong); then nothing was taken.
Result<RestoredRooms> restore(const Rooms& rooms, ConstBytes archive,
                              const Now& now, const Author& author,
                              Bytes scratch);

// Says in the rooms of this server, which began with an archive of another
// that is in use beside it (that of the binary before an upgrade), what was
// said in that one since; nothing in rooms of several machines, which hear each
// other by their engine. `floor.room` is set here; after each room that was
// told something, told(data, floor) is called. Scratch and faults as of
// restore().
struct Merged {
    size_t said = 0;         // messages
    bool of_former = false;  // it is the one with which this server began
};
using ToldRoom = void (*)(void* data, const Floor& floor);
Result<Merged> merge(Floor floor, ConstBytes archive, const Author& author,
                     Bytes scratch, ToldRoom told, void* data);

}  // namespace onair::room
