// WebSocket frames as a server sends them (RFC 6455 section 5.2): unmasked,
// never fragmented.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace onair::encoder {

enum class Opcode : uint8_t {
    kContinuation = 0,
    kText = 1,
    kBinary = 2,
    kClose = 8,
    kPing = 9,
    kPong = 10,
};

inline constexpr size_t kMaxFrameHead = 10;

// The head of a final frame of `length` payload bytes; returns its size.
size_t frame_head(Opcode opcode, bool compressed, uint64_t length,
                  uint8_t (&out)[kMaxFrameHead]);

// A whole control frame; payload is cut at 125 bytes. Returns its size.
inline constexpr size_t kMaxControl = 2 + 125;
size_t control_frame(Opcode opcode, ConstBytes payload,
                     uint8_t (&out)[kMaxControl]);
// Code 0 makes an empty close frame; reason is cut at a character's border.
size_t close_frame(uint16_t code, std::string_view reason,
                   uint8_t (&out)[kMaxControl]);

}  // namespace onair::encoder
