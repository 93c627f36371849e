// The WebSocket protocol machine for what a client sends (RFC 6455 sections 5
// to 7): bytes in, events out. Validates as the bytes arrive: a fault is told
// at the first byte that proves it, also inside a frame (UTF-8 included).
//
// Knows no socket and no time. A parser at rest (idle()) holds nothing worth
// keeping but its limits, so that a quiet subscriber need not own one.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace onair::subscriber {

struct Limits {
    uint64_t max_message = 4096;     // bytes of payload, all fragments together
    uint32_t max_fragments = 65536;  // frames of one message
    bool compressed = false;         // RSV1 on a first data frame is allowed
};

enum class Event : uint8_t {
    kNone,     // everything was consumed
    kData,     // payload bytes of a message, maybe 0, unmasked in place;
               // with compression they are still deflated and not validated
    kPing,     // payload is whole
    kPong,
    kClose,    // payload checked: code 0 when there was none
    kFault,    // the connection must be failed with close_code(fault)
};

struct Action {
    Event event = Event::kNone;
    Fault fault = Fault::kBadRequest;
    Bytes payload;           // views the input or the parser; until next()
    bool message_start = false;  // kData
    bool message_end = false;    // kData
    bool binary = false;         // kData
    bool deflated = false;       // kData
    uint16_t code = 0;           // kClose; payload is the reason then
};

// Incremental UTF-8 (RFC 3629): no overlong, no surrogate, at most U+10FFFF.
class Utf8 {
  public:
    // False at the first byte that cannot be UTF-8 any more.
    bool take(ConstBytes bytes);
    bool complete() const { return need_ == 0; }
    void reset() { *this = Utf8(); }

  private:
    uint8_t need_ = 0;
    uint8_t low_ = 0x80;
    uint8_t high_ = 0xbf;
};

class Parser {
  public:
    explicit Parser(const Limits& limits) : limits_(limits) {}

    // Consumes from the front of `in` and returns the next action; call until
    // it returns kNone (then `in` is empty), kClose or kFault (then no more).
    Action next(Bytes& in);

    // Between frames and not inside a fragmented message.
    bool idle() const;

  private:
    Limits limits_;
    // to be completed by the implementation
};

}  // namespace onair::subscriber
