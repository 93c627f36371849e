// Random names for clients to have: UUIDs of version 4 (RFC 9562).
#pragma once

#include <openssl/rand.h>

#include "base/bytes.h"
#include "encoder/number.h"

namespace onair::ngx {

inline constexpr size_t kUuid = 36;

// `last` takes the place of the last byte; negative: that is random too.
// Nothing is written where there is no randomness.
inline bool write_uuid(Writer& out, int last)
{
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return false;
    }
    bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
    if (last >= 0) {
        bytes[15] = static_cast<uint8_t>(last);
    }
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out.put('-');
        }
        encoder::write_hex(out, bytes[i], 2);
    }
    return true;
}

}  // namespace onair::ngx
