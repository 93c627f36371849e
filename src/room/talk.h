// What happens when a member enters, says something, leaves, or moderates: the
// rules of a room, applied to the zone. The one place where messages get their
// numbers. Called by whichever worker the member or the request is at; the
// caller wakes the workers that have members of the room (told()).
#pragma once

#include "base/bytes.h"
#include "base/time.h"
#include "room/command.h"
#include "room/rooms.h"
#include "slot/state.h"
#include "subscriber/rate.h"

namespace onair::room {

enum class Refusal : uint8_t {
    kNone,
    kBanned,
    kMuted,
    kClosed,
    kFull,
    kViewer,
    kMembersOnly,
    kModeratorsOnly,
    kNobody,
    kSlow,
    kRate,
    kRepeated,
    kUnknownMember,
    kUnknownReaction,
    kUnknownRoom,
    kTooLong,
    kNotModerator,
    kAboveYou,
    kNotListed,
    kNothingThere,
    kBusy,
};
inline constexpr size_t kRefusals = 21;
// One lower-case sentence without a full stop.
std::string_view describe(Refusal refusal);

struct Verdict {
    Refusal refusal = Refusal::kNone;
    uint32_t wait_ms = 0;  // after which it may be tried again; 0: not said
    uint64_t seq = 0;      // of what was said; kOnItsWay: it is to come
    bool ok() const { return refusal == Refusal::kNone; }
};

// What is longer counts as several, so that a rate bounds bytes too.
inline constexpr size_t kSaidAtOnce = 4096;  // bytes

// What concerns members of one location.
struct Rules {
    subscriber::RateRule rate = {5, 20};
    uint32_t slow_ms = 0;  // at least; the room's mode may ask for more
    size_t max_said = kMaxSaid;
    size_t most_members = SIZE_MAX;  // in the room
    size_t presence = 50;    // entered and left are told up to so many members
    size_t looks_back = 50;  // messages among which one is to be unique
    bool list = true;
};

// A room and the worker from which it is spoken to.
struct Floor {
    Rooms rooms;
    Room room;
    size_t place = 0;  // of this worker
    Now now;
    Bytes scratch;  // kMaxPacked bytes
};

// Who speaks. `entry` is its place in the table of members.
struct Speaker {
    Member member;
    size_t entry = SIZE_MAX;
};

// What was said and when is kept in one entry of an id, whatever connections it
// has: who has two is not twice as fast.
MemberEntry& entry_of(const Rooms& rooms, const RoomKey& room,
                      const Speaker& who);

struct Ask {
    std::string_view id;     // by the operator; empty: ours to give
    std::string_view name;   // cleaned
    std::string_view token;  // of one who was here before
    Role role = Role::kParticipant;
    uint64_t sender = 0;
    uint64_t address = 0;
    uint32_t random = 0;  // for an id that is hard to guess
};

struct Entered {
    Verdict verdict;
    size_t entry = SIZE_MAX;
    bool back = false;  // it was here a moment ago
    Member member;      // texts are the arena's
};

// Whether an id or address is kept out.
Verdict may_enter(const Floor& floor, std::string_view id, uint64_t address);
// kUnknownRoom: the room was forgotten this moment; find it anew and ask again.
Entered enter(const Floor& floor, const Ask& ask, const Rules& rules,
              Arena& arena);
// `for_good`: by its own word; else it may come back within the hold.
void leave(const Floor& floor, const Speaker& who, bool for_good,
           const Rules& rules);
// Told when the hold of one who did not come back is over.
void tell_left(const Floor& floor, const Member& member, const Rules& rules);

// Applies slow mode, rate, modes, mutes; numbers and tells it.
Verdict say(const Floor& floor, const Speaker& who, const Command& command,
            const Rules& rules);
// What a member said with this `ref` has come back from the engine.
void number_came(MemberEntry& entry, uint64_t ref, uint64_t seq);
// The index of the reaction, or kUnknownReaction.
Verdict react(const Floor& floor, const Speaker& who, const Command& command,
              std::span<const std::string_view> names, const Rules& rules);
// A moderator's command; `who` with the role of a host may do all. By the
// operator: member.id is empty.
Verdict moderate(const Floor& floor, const Speaker& who,
                 const Command& command);
// Said by the operator, as nobody, of any type.
Verdict announce(const Floor& floor, const Command& command);

// By what a message can be found in the history.
History::Keys keys_of(const Message& message);

// Numbers a message and puts it into history and ring. Room, epoch, seq and
// time are set here. Of a room that other machines have too it goes into the
// ring as it is, without a number: the engine gives it one (crossing.h). The
// number, 0 for none, or kOnItsWay. kTooLarge: no ring takes it.
Result<uint64_t> post(const Floor& floor, Message* message);

// Calls wake(place) for each worker that has to look at the rings now.
template <typename Wake>
void told(const Floor& floor, Wake wake)
{
    for (size_t place = 0; place < floor.rooms.plan().places; place++) {
        bool reads =
            floor.room.here(place) > 0 || floor.rooms.is_engine_at(place);
        if (place != floor.place && reads &&
            floor.rooms.has_to_be_woken(place)) {
            wake(place);
        }
    }
}

}  // namespace onair::room
