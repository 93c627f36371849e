// A state becomes the snapshot: one line of JSON, every member always present.
// Made once a worker and change; all transports wrap the same bytes.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "encoder/form.h"
#include "slot/state.h"

namespace onair::encoder {

struct View {
    Form form = Form::kJson;
    uint32_t epoch = 0;
    UnixMs clock = 0;       // `time`: the server's clock when this is sent
    uint32_t delay_ms = 0;  // added to `started` to make `heard`
    bool gap = false;       // adds "gap":true as the last member
};

// Room that is always enough for a state read from a record of this capacity.
size_t most_bytes(size_t record_capacity);

// The text, in `out`. Fault::kTooLarge when that is too small; nothing of it
// is to be used then.
Result<std::string_view> encode(const slot::State& state, const View& view,
                                std::span<char> out);

// Channels of Centrifugo's protocol: a prefix and the station's name.
inline constexpr std::string_view kStationChannel = "station:";
inline constexpr std::string_view kSnapshotChannel = "onair:";
void write_channel(Writer& out, std::string_view prefix,
                   std::string_view station);

// The publication within a message that encode() made in one of the forms of a
// push; empty: it is none.
std::string_view publication_in(std::string_view message);

}  // namespace onair::encoder
