// What a member shows to be the same again: its id, signed with the zone's
// secret for this room. Only the server can make one; whoever has it may take
// the id back and say things by POST.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "room/layout.h"

namespace onair::room {

using Secret = std::span<const uint8_t, kSecretSize>;

// The id is hexadecimal in it: safe in a header, a query and a cookie.
inline constexpr size_t kMaxToken = 2 * kMaxId + 1 + 32;

std::string_view write_token(Secret secret, std::string_view room,
                             std::string_view id, std::span<char> out);
// The id, in `out` (kMaxId bytes). kBadRequest: not one of ours, or of another
// room.
Result<std::string_view> read_token(Secret secret, std::string_view room,
                                    std::string_view token,
                                    std::span<char> out);

}  // namespace onair::room
