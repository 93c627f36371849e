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
#include "base/utf8.h"

namespace onair::subscriber {

struct Limits {
    // Bytes of payload, all fragments together; a deflated one may have as
    // many more as it takes to deflate so many.
    uint64_t max_message = 4096;
    uint32_t max_fragments = 65536;  // frames of one message before its last
    bool compressed = false;         // RSV1 on a first data frame is allowed
};

enum class Event : uint8_t {
    kNone,  // everything was consumed
    kData,  // payload bytes of a message, maybe 0, unmasked in place;
            // with compression they are still deflated and not validated
    kPing,  // payload is whole
    kPong,
    kClose,  // payload checked: code 0 when there was none
    kFault,  // the connection must be failed with close_code(fault)
};

struct Action {
    Event event = Event::kNone;
    Fault fault = Fault::kBadRequest;
    Bytes payload;               // views the input or the parser; until next()
    bool message_start = false;  // kData
    bool message_end = false;    // kData
    bool binary = false;         // kData
    bool deflated = false;       // kData
    uint16_t code = 0;           // kClose; payload is the reason then
};

class Parser {
  public:
    explicit Parser(const Limits& limits) : limits_(limits) {}

    // Consumes from the front of `in` and returns the next action; call until
    // it returns kNone (then `in` is empty), kClose or kFault. What follows
    // those two is not looked at: `in` is emptied and kNone returned.
    //
    // However the same bytes are cut, the actions are the same, but for how
    // the payload of a message is spread over its kData actions. What is told
    // of a message before the byte that proves a fault is good; message_start
    // is on its first kData, message_end on its last (which may be empty).
    Action next(Bytes& in);

    // Between frames and not inside a fragmented message.
    bool idle() const
    {
        return stage_ == Stage::kHead && head_size_ == 0 && !in_message_;
    }

  private:
    enum class Stage : uint8_t { kHead, kData, kControl, kOver };
    static constexpr size_t kMaxHead = 2 + 8 + 4;
    static constexpr size_t kMaxControlPayload = 125;

    bool take_head(Bytes& in);
    bool check_head();
    bool check_opcode();
    bool check_second();
    bool check_length();
    size_t head_length() const;
    uint64_t payload_length() const;
    uint64_t most_payload() const;
    void begin_payload();
    Action data(Bytes& in);
    bool control(Bytes& in);
    bool check_close(size_t from);
    Action end_control();
    void unmask(Bytes bytes);
    bool refuse(Fault fault);
    Action fault_action();

    bool fin() const { return (head_[0] & 0x80) != 0; }
    uint8_t opcode() const { return head_[0] & 0x0f; }
    bool is_control() const { return (head_[0] & 0x08) != 0; }

    Limits limits_;
    uint64_t left_ = 0;          // payload bytes of this frame to come
    uint64_t message_size_ = 0;  // payload bytes of this message's frames
    uint32_t fragments_ = 0;
    Stage stage_ = Stage::kHead;
    bool in_message_ = false;  // frames of it were read, its last was not
    bool told_ = false;        // message_start was given
    bool binary_ = false;
    bool deflated_ = false;
    bool failed_ = false;
    Fault fault_ = Fault::kBadRequest;
    // Never left in the middle of a character but by a fault.
    Utf8 utf8_;         // of text messages
    Utf8 reason_utf8_;  // of the close reason
    uint8_t head_size_ = 0;
    uint8_t mask_at_ = 0;  // which byte of the mask is next
    uint8_t control_size_ = 0;
    uint8_t head_[kMaxHead];
    uint8_t control_[kMaxControlPayload];
};

// Whether an endpoint may send this code in a close frame (RFC 6455 section
// 7.4 and the IANA registry).
bool valid_close_code(uint16_t code);

}  // namespace onair::subscriber
