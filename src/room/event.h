// Events out: what members are told, as JSON (docs/wire.md). An event is
// encoded once a worker, a frame once for all who get the same events.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "room/message.h"
#include "room/room.h"

namespace onair::room {

// Whether an event of this type is the room's own: nobody else says one.
bool is_own_type(std::string_view type);

// Room that is always enough for write_event().
size_t most_event(const Message& message);
// {"seq":42,"time":..,"type":"message","from":{..},"said":..}
void write_event(Writer& out, const Message& message);

// What `modes` holds: {"slow":5,"who":"all","unique":false,"closed":false}
void write_modes(Writer& out, const Modes& modes);

struct You {
    std::string_view id;
    std::string_view name;
    Role role = Role::kParticipant;
    std::string_view token;        // empty: it has none
    std::string_view ice_servers;  // JSON; empty: there are none
};

struct Reactions {
    std::span<const std::string_view> names;  // at most kMostReactions
    const uint64_t* totals = nullptr;
    const uint64_t* added = nullptr;  // nullptr: in no window
};

// What a frame says besides its events; what is not set is left out.
struct Frame {
    std::string_view room;
    uint32_t epoch = 0;
    uint64_t seq = 0;  // up to which it brings a member
    const You* you = nullptr;
    int64_t members = -1;
    int64_t people = -1;
    const Modes* modes = nullptr;
    const Reactions* reactions = nullptr;
    std::span<const std::string_view> events;  // encoded, in their order
    uint64_t left_out = 0;
    bool gap = false;
    std::string_view reach;  // empty: this machine has no others
};
size_t most_frame(const Frame& frame);
void write_frame(Writer& out, const Frame& frame);

// The answer to a command. `ref` as it came; empty: it had none. Without a
// number where that is kOnItsWay.
void write_answer(Writer& out, std::string_view room, std::string_view ref,
                  uint32_t epoch, uint64_t seq);
void write_refusal(Writer& out, std::string_view room, std::string_view ref,
                   std::string_view error, uint32_t wait_ms);

// One of a list of members: {"id":..,"name":..,"role":..}
void write_member(Writer& out, const Member& member);

// Whether this connection is to be told: `id`, `sender` and role are its own.
bool is_for(const Message& message, std::string_view id, uint64_t sender,
            Role role);

}  // namespace onair::room
