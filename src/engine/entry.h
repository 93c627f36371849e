// What is kept of a message at the engine: who sent it, and the message, in
// bytes that every machine reads the same. Untrusted when it comes back.
//
// Published it is "EPOCH SEQ PAYLOAD", EPOCH in eight hexadecimal digits; in
// the stream the entry's id is SEQ-0 and the field "d" the payload.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "room/message.h"

namespace onair::engine {

// Which message of which machine it is: a machine numbers what each of its
// workers says.
struct Origin {
    uint64_t machine = 0;
    uint32_t place = 0;
    uint64_t number = 0;
    bool operator==(const Origin&) const = default;
};

struct Entry {
    Origin origin;
    room::Message message;  // LIFETIME: of its texts, the bytes
};

inline constexpr size_t kMaxEntry = 64 + 2 * room::kMaxId +
                                    room::kMaxMemberName + room::kMaxType +
                                    room::kMaxSaid;

// `out` has kMaxEntry bytes, or packed_size() + 64.
ConstBytes pack_entry(const Origin& origin, const room::Message& message,
                      Bytes out);
// kTorn: it is none of ours. Texts are within their bounds and UTF-8; whether
// what was said is JSON, is_sound() looks.
Result<Entry> unpack_entry(ConstBytes bytes);
// Whether it may be shown as it is: what was said is one JSON value and no
// type is the room's own. `memory`: what room::command_memory() says of said.
bool is_sound(const room::Message& message, Bytes memory);

struct Published {
    uint32_t epoch = 0;
    uint64_t seq = 0;
    std::string_view payload;
};
Result<Published> read_published(std::string_view text);

// A machine's name in a room's table: sixteen digits and the place.
inline constexpr size_t kMaxField = 32;
std::string_view write_field(const Origin& origin, std::span<char> out);

}  // namespace onair::engine
