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
#include "encoder/snapshot.h"

namespace onair::subscriber {

inline constexpr size_t kMaxCommandStations = 64;

struct Command {
    std::span<const std::string_view> subscribe;
    std::span<const std::string_view> unsubscribe;
    bool has_since = false;
    bool bad_since = false;
    encoder::EventId since;
    bool get = false;  // send the present state again
};

// Memory is the arena's. Faults: kNotJson, kTooMany, kBadName, kBadRequest.
Result<Command> read_command(std::string_view text, Arena& arena);

}  // namespace onair::subscriber
