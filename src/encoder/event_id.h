// The name of one change of one zone's life: what a client that comes back says
// it saw last (Last-Event-ID, If-None-Match, `since`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace onair::encoder {

// "68f0a1c2:42": the event id and, in quotes, the ETag.
struct EventId {
    uint32_t epoch = 0;
    uint64_t seq = 0;
    bool operator==(const EventId&) const = default;
};
inline constexpr size_t kMaxEventId = 8 + 1 + 20;
std::string_view write_event_id(const EventId& id, std::span<char> out);
// Strict: hexadecimal epoch of 8 digits, colon, decimal seq without sign.
// Accepts surrounding quotes and W/ as in If-None-Match. kBadEventId.
Result<EventId> read_event_id(std::string_view text);

}  // namespace onair::encoder
