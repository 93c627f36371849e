// One room of the zone as the worker with the connection has it: how it stands
// with the engine, and what is known of other machines' members.
#pragma once

#include "engine/link.h"
#include "room/room.h"

namespace onair::ngx {

inline constexpr size_t kMostMachines = 32;
// So long another machine's word counts.
inline constexpr Ticks kCountFadesMs = 15000;

// What another machine said of its members; an old word does not count.
struct OtherMachine {
    uint64_t machine = 0;
    Ticks at = 0;
    uint32_t members = 0;
    uint64_t reactions[room::kMostReactions] = {};
};

inline bool is_there(const OtherMachine& other, Ticks now)
{
    return other.at != 0 && now < other.at + kCountFadesMs;
}

// An entry of the past, the oldest first; its bytes stand behind it.
struct Gathered {
    Gathered* next = nullptr;
    uint64_t seq = 0;
    size_t size = 0;
};

struct SharedRoom {
    SharedRoom(const room::Room& its_room, const engine::Link& its_link)
        : room(its_room), link(its_link)
    {}

    SharedRoom* next = nullptr;
    SharedRoom* next_wanted = nullptr;
    room::Room room;
    engine::Link link;
    bool wanted = false;  // its stream is to be read
    bool subscribed = false;
    bool heard = false;       // the engine has said so
    bool touched = false;     // its members have something to see
    size_t waiting = 0;       // messages on their way
    Ticks refused_until = 0;  // the engine does not want to have it
    Gathered* gathered = nullptr;
    uint64_t modes = 0;

    OtherMachine others[kMostMachines];
    uint32_t told = 0;  // how many members here, when told last
    Ticks told_at = 0;
    Ticks people_at = 0;        // when they were told last
    Ticks people_heard_at = 0;  // and when the engine said how many

    // LIFETIME: they stand behind the object.
    std::string_view table;
    std::string_view stream;
    std::string_view channel;
};

}  // namespace onair::ngx
