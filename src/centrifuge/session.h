// The rules of a bidirectional connection: what a command leads to, as a value.
// The glue does it. Pure.
#pragma once

#include "centrifuge/channel.h"
#include "centrifuge/command.h"
#include "centrifuge/error.h"

namespace onair::centrifuge {

// What is known when a command comes.
struct Standing {
    bool connected = false;
    size_t channels = 0;      // subscribed to
    bool subscribed = false;  // to the channel of the command
    // There is such a station, or it need not be there; the room may be
    // entered here.
    bool known = true;
    bool rooms = false;  // there are rooms here
};

enum class Act : uint8_t {
    kNothing,
    kConnect,
    kSubscribe,
    kUnsubscribe,
    kAnswer,  // an empty result
    kRoom,    // what only a room can do
    kRefuse,  // with `error`
    kEnd,     // with `closing`
};

struct Verdict {
    Act act = Act::kNothing;
    Channel channel;
    Error error;
    Closing closing;
};

Verdict judge(const Command& command, const Standing& standing);

// What a client that wants to recover gets. `epoch` and `offset` are where the
// channel stands now.
enum class Recovery : uint8_t {
    kLatest,   // it was nowhere: the newest publication, as recovered
    kNothing,  // it has all there is
    kReplay,   // what came since; where that is not known any more, as kLost
    kLost,     // it cannot be said what it missed: the newest, not recovered
};
Recovery recovery_of(const Position& position, uint32_t epoch, uint64_t offset);

}  // namespace onair::centrifuge
