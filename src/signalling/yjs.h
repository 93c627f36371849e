// y-webrtc's signalling: topics that clients subscribe to and publish in. What
// is published passes whole, with the number of subscribers put in.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace onair::signalling {

inline constexpr size_t kMaxTopic = 512;          // bytes
inline constexpr size_t kMostTopicsAtOnce = 256;  // of one message

enum class YVerb : uint8_t {
    kNothing,
    kSubscribe,
    kUnsubscribe,
    kPublish,
    kPing
};

struct YMessage {
    YVerb verb = YVerb::kNothing;
    // Those that are texts; the others mean nothing.
    std::span<const std::string_view> topics;
    std::string_view topic;  // of kPublish
};
// Views of text and arena. Faults: kNotJson, kTooDeep, kBadRequest, kTooMany,
// kNoMemory.
Result<YMessage> read_y(std::string_view text, Arena& arena);

// The published message `text`, which read_y() took, with "clients" put in or
// set anew.
void write_published(Writer& out, std::string_view text, uint64_t clients);
// Bytes that are enough, however often a message says "clients".
constexpr size_t most_published(size_t size)
{
    return 3 * size + 48;
}
void write_pong(Writer& out);

}  // namespace onair::signalling
