// One thing that happened in a room: what somebody said, who came and went,
// what a moderator did. Packed into the ring and the history, unpacked from
// there by every worker. Plain values; texts are views of whoever made them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace onair::room {

inline constexpr size_t kMaxId = 64;  // a member's id, in bytes
inline constexpr size_t kMaxMemberName = 64;
inline constexpr size_t kMaxType = 32;  // an event's type
// In place of a number: one that is to come.
inline constexpr uint64_t kOnItsWay = UINT64_MAX;
inline constexpr size_t kMaxSaid = size_t{64} * 1024;

enum class Role : uint8_t {
    kViewer,       // reads, is counted
    kParticipant,  // may say
    kModerator,
    kHost,
    kRobot,  // says and reads, is not counted
};
inline constexpr size_t kRoles = 5;
std::string_view word(Role role);
Result<Role> role_of(std::string_view word);  // kNotFound

enum class Kind : uint8_t {
    kMessage,  // said by a member; `type` is empty
    kEvent,    // said as the system, of the type that it names
    kEntered,
    kLeft,
    kDeleted,  // `said`: an array of numbers; or all of from_id
    kCleared,
    kModes,  // `said`: the modes as an object
    // Not shown. Without a type, or "banned": connections of from_id (not
    // `sender`) are closed. "banned", "muted", "unbanned", "unmuted" tell other
    // machines so; `ref` is the time until when.
    kClose,
    kReach,  // `said`: how far the room reaches from here on
};
inline constexpr size_t kKinds = 9;

// Who is told.
enum class To : uint8_t {
    kAll,
    kOthers,        // all but the connection that said it
    kHost,          // those of that role
    kParticipants,  // those that are neither host nor robot nor viewer
    kOne,           // the member `to_id`, and the sender
};
inline constexpr size_t kTos = 5;

struct Message {
    uint32_t room = 0;  // its place in the table, and which life of the place
    uint32_t life = 0;
    uint32_t epoch = 0;
    uint64_t seq = 0;  // 0: has no number (kClose), or not yet
    UnixMs time = 0;
    uint64_t sender = 0;  // the connection that said it; 0: none
    uint64_t ref = 0;     // digest of its `ref`; 0: none; of kModes the modes
    Kind kind = Kind::kMessage;
    To to = To::kAll;
    Role role = Role::kParticipant;  // of the sender
    std::string_view from_id;
    std::string_view from_name;
    std::string_view type;
    std::string_view to_id;
    std::string_view said;  // any JSON value, as it came
};

// Whether it takes a place in the history.
bool is_kept(Kind kind);

// Bytes that pack() needs; texts are within their bounds.
size_t packed_size(const Message& message);
inline constexpr size_t kMaxPacked =
    96 + 2 * kMaxId + kMaxMemberName + kMaxType + kMaxSaid;
// `out` has packed_size() bytes.
ConstBytes pack(const Message& message, Bytes out);
// Reads any bytes; the texts view them. kTorn: these are none.
Result<Message> unpack(ConstBytes bytes);

}  // namespace onair::room
