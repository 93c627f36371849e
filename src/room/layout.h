// What the part of a zone that belongs to rooms holds, byte for byte:
//
//   Head | directory | rooms | histories | cells | bans | members | rings
//
// Offsets only. It stands behind the stations' slots and is made with them; a
// zone without `rooms=` has none of it.
#pragma once

#include "base/station.h"
#include "poller/lease.h"
#include "room/history.h"
#include "room/message.h"
#include "room/ring.h"
#include "room/shared.h"

namespace onair::room {

inline constexpr uint64_t kMagic = 0x6f6e61697220726fu;  // "onair ro"
inline constexpr uint32_t kLayout = 5;

inline constexpr size_t kMostPlaces = 128;  // as many as workers of a roster
inline constexpr size_t kMostReactions = 8;
inline constexpr size_t kSecretSize = 32;

struct Options {
    size_t rooms = 0;     // 0: the zone has none
    size_t history = 0;   // bytes for all histories; 0: 16 KB a room
    size_t ring = 0;      // bytes of one worker's; 0: 256 KB
    bool shared = false;  // with other machines
    bool operator==(const Options&) const = default;
};

// Where the parts are, from the begin of this memory.
struct Plan {
    uint64_t size = 0;
    uint64_t rooms = 0;
    uint64_t directory_words = 0;  // a power of two
    uint64_t history_entries = 0;  // of one room
    uint64_t history_words = 0;    // of one room
    uint64_t places = 0;           // for workers that have members
    uint64_t ring_words = 0;       // of one ring; a power of two
    uint64_t members = 0;
    uint64_t bans = 0;
    uint64_t directory_at = 0;
    uint64_t rooms_at = 0;
    uint64_t histories_at = 0;
    uint64_t cells_at = 0;
    uint64_t bans_at = 0;
    uint64_t members_at = 0;
    uint64_t rings_at = 0;
    uint64_t shared = 0;  // rooms are those of other machines too
    bool operator==(const Plan&) const = default;
};

// How this machine does with its engine; written by the worker that has the
// connection, read by the status page.
struct EngineFigures {
    Word up;
    Word round_trip_us;  // of the last command
    Word reconnects;     // connections that were good, but the first
    Word failures;       // connections that could not be made, or broke
    Word local_ms;       // how long rooms were on their own, together
    Word behind;         // messages that are on their way to the engine
    Word sent;
    Word came;
};

struct alignas(kLine) Head {
    Word magic;
    uint64_t version;
    Plan plan;
    Word secret[kSecretSize / sizeof(uint64_t)];  // signs members' tokens
    uint32_t epoch;                               // of the zone
    alignas(kLine) Word births;  // rooms ever made: epochs of rooms
    Word ids;                    // ids ever given
    Word times_full;             // rooms refused for want of a place
    Word members_full;           // members refused likewise
    Word saved;                  // see archive.h: what the zone's file has
    // Whose a place is: a worker's number in the roster, plus one; 0: nobody's.
    alignas(kLine) Word workers[kMostPlaces];
    // Set by who writes into a ring, cleared by the worker of this place
    // before it reads: only the first of many has to wake it.
    alignas(kLine) std::atomic<uint32_t> told[kMostPlaces];
    // Of rooms that other machines have too: which worker has the connection
    // to the engine, by what name the machine is known there, and up to where
    // in each ring all was sent and has come back.
    alignas(kLine) poller::Lease engine_lease;
    Word engine_place;  // of its holder, plus one; 0: nobody's
    Word machine;
    EngineFigures engine;
    Word handled[kMostPlaces];
};

// A room's state: which life of the place, what is being done with it, and by
// which process where one alone may go on.
enum class Phase : uint8_t {
    kFree,
    kMade,  // pid fills it; nobody sees it
    kOpen,
    kClosing,  // somebody looks whether it may be forgotten
    kEmptied,  // pid takes it out of the directory
};

struct State {
    uint32_t life = 0;  // 24 bits
    Phase phase = Phase::kFree;
    uint32_t pid = 0;

    static constexpr State of(uint64_t word)
    {
        return {static_cast<uint32_t>(word >> 40),
                static_cast<Phase>(word >> 32 & 0xff),
                static_cast<uint32_t>(word)};
    }
    constexpr uint64_t word() const
    {
        return uint64_t{life & 0xffffff} << 40 |
               uint64_t{static_cast<uint8_t>(phase)} << 32 | pid;
    }
};

struct alignas(kLine) RoomHead {
    Word state;
    Word epoch;
    Word seq;  // the number given last
    Word modes;
    Word empty_since;  // Ticks; 0: somebody is here
    Word watched;      // milliseconds, of all members together
    Word watched_at;   // Ticks up to which they are counted; 0: not yet
    Word peak;
    Word said;      // messages
    Word refused;   // what was not let through
    Word left_out;  // what a worker did not show
    // The room of a former life of the server that this one goes on with: its
    // epoch, and up to which of its numbers it was taken over. See archive.h.
    Word former;
    Word taken_over;
    Word reactions[kMostReactions];
    Word reach;   // see room.h
    Word others;  // members at other machines
    Word others_reacted[kMostReactions];
    Word people;  // distinct ids at all machines; 0: not known
    HistoryHead history;
    SharedText<kMaxName> name;
};

// Who is in a room by way of one worker; written by it alone.
struct Cell {
    std::atomic<uint32_t> members[kRoles];
    std::atomic<uint32_t> none[8 - kRoles];
};
static_assert(sizeof(Cell) == 32);

// Kept out, or kept silent, for a time.
struct Ban {
    Word key;    // digest of the room's name and of whom; 0: free
    Word until;  // UnixMs
    Word also;   // the key that is lifted with it: of the address
};

// One who entered. Found by room and id; written by the worker that claimed it.
struct MemberEntry {
    Word word;          // see members.h; 0: free
    Word room;          // life << 32 | index
    Word traits;        // role and flags
    Word sender;        // number of its connection
    Word address;       // digest of its address
    Word since;         // UnixMs
    Word absent_since;  // Ticks
    Word said_at;       // Ticks of what it said last, plus one; 0: nothing
    Word pace;          // see pace.h
    Word refs[8];       // four pairs: which `ref` got which number
    SharedText<kMaxId> id;
    SharedText<kMaxMemberName> name;
};

}  // namespace onair::room
