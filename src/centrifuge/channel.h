// Names of channels of Centrifugo's protocol, and what is behind them: a
// station in the words of AzuraCast (station:rock), the same as our snapshot
// (onair:rock), a room (room:rock). Pure; hostile input.
#pragma once

#include <string_view>

#include "encoder/snapshot.h"

namespace onair::centrifuge {

enum class Space : uint8_t {
    kNone,  // no channel that there can be
    kStation,
    kSnapshot,
    kRoom,
};

struct Channel {
    Space space = Space::kNone;
    std::string_view name;  // of the station or the room; a view of the channel
};

// The name is one that a station may have.
Channel read_channel(std::string_view text);

// What is pushed on a channel, to clients of the bidirectional protocol.
encoder::Form form_of(Space space);
std::string_view prefix_of(Space space);

}  // namespace onair::centrifuge
