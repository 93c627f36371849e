// The small JSON commands a WebSocket client may send (docs/wire.md):
//   {"subscribe":["rock","jazz"]}  {"unsubscribe":["rock"]}
//   {"since":"68f0a1c2:42"}        {"get":true}
// One object a text message, bounded; anything else is answered with
// {"error":"..."}: never a reason to die.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "encoder/event_id.h"

namespace onair::subscriber {

inline constexpr size_t kMaxCommandStations = 64;

// Bytes of a command: room for so many of the longest names, even escaped in
// part. And the arena that always suffices to read one.
inline constexpr size_t kMaxCommand = size_t{16} * 1024;
inline constexpr size_t kCommandMemory = 16 * kMaxCommand + 4096;

struct Command {
    std::span<const std::string_view> subscribe;
    std::span<const std::string_view> unsubscribe;
    bool has_since = false;
    bool bad_since = false;
    encoder::EventId since;
    bool get = false;  // send the present state again
};

// JSON to the letter (RFC 8259); members may stand together in one object and
// nothing else may stand in it. Texts view the arena, of which 16 times the
// text plus 4 KB is always enough. A `since` that is a string but no event id
// is bad_since: a gap; an empty one says that nothing was seen yet, which asks
// for the present state. Faults: kNotJson, kTooDeep, kTooLarge, kTooMany,
// kBadName, kBadRequest, kNoMemory.
Result<Command> read_command(std::string_view text, Arena& arena);

// What was wrong with a command, in words for the client.
std::string_view complaint(Fault fault);

}  // namespace onair::subscriber
