// What a member or a backend asks of a room: one JSON object a message (native
// wire, docs/wire.md). Hostile input: bounded, and whatever is not understood
// is a fault in words. The same shapes are what dialects translate into.
//
//   {"say":ANY,"to":"host","ref":1}   {"react":"like","n":3}   {"list":true}
//   {"enter":"rock","as":"host","name":"Anna","since":"68f0a1c2:41"}
//   {"leave":"rock"}   and those of moderators: delete, delete_from, clear,
//   mute, ban, unban, modes
//
// Members that it does not know are passed over: `from`, `role` and `id` among
// them, which a client cannot choose.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "encoder/event_id.h"
#include "room/message.h"
#include "room/room.h"

namespace onair::room {

enum class Verb : uint8_t {
    kSay,
    kReact,
    kEnter,
    kLeave,
    kList,
    kDelete,
    kDeleteFrom,
    kClear,
    kMute,
    kUnmute,
    kBan,
    kUnban,
    kModes,
};
inline constexpr size_t kVerbs = 13;
// Only for moderators, hosts and the door of the operator.
bool is_moderation(Verb verb);

inline constexpr size_t kMaxRef = 256;      // bytes of a `ref` as it came
inline constexpr size_t kMostDeleted = 64;  // numbers in one command
inline constexpr uint32_t kMostReactionsAtOnce = 100;
inline constexpr int64_t kLongestPenaltyMs = int64_t{366} * 86400 * 1000;
inline constexpr uint32_t kLongestSlowMs = 3600 * 1000;

struct Command {
    Verb verb = Verb::kSay;
    std::string_view room;  // which of the connection's rooms; empty: the first
    std::string_view ref;   // as it came, a JSON value; empty: none

    std::string_view said;  // say: the value as it came
    std::string_view type;  // say: of an event of the operator
    To to = To::kAll;
    std::string_view to_id;

    std::string_view reaction;
    uint32_t times = 1;

    std::string_view name;  // enter
    std::string_view as;
    std::string_view token;
    bool has_since = false;
    bool bad_since = false;  // no event id of ours: a gap
    encoder::EventId since;

    std::string_view whom;  // delete_from, mute, ban, unban: an id
    int64_t for_ms = 600 * 1000;
    std::span<const uint64_t> numbers;  // delete
    bool has_slow = false;
    bool has_who = false;
    bool has_unique = false;
    bool has_closed = false;
    Modes modes;  // those that it has
};

// Memory of the arena that always suffices for a text of this size.
constexpr size_t command_memory(size_t size)
{
    return 16 * size + 4096;
}

// `text` outlives the command. Faults: kNotJson, kTooDeep, kTooLarge, kTooMany,
// kBadRequest, kNoMemory. `why` says in a few words what is wrong.
Result<Command> read_command(std::string_view text, Arena& arena,
                             std::string_view* why);

}  // namespace onair::room
