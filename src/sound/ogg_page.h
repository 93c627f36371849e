// The head of an Ogg page (RFC 3533 section 6).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace onair::sound {

inline constexpr size_t kPageHead = 27;  // without the table of segments
inline constexpr size_t kMaxSegments = 255;
inline constexpr uint64_t kNoGranule = ~uint64_t{0};  // no packet ends here

struct OggPage {
    bool continued = false;  // its first bytes go on with an earlier packet
    bool first = false;      // of its logical stream
    bool last = false;
    uint64_t granule = kNoGranule;
    uint32_t serial = 0;
    uint32_t checksum = 0;
    size_t segments = 0;
};

// `head` has kPageHead bytes and begins with "OggS".
OggPage read_page(const uint8_t* head);

// Adds bytes to a page's checksum: begin with 0, and take the four bytes of
// the checksum itself (22 to 25) for zero.
uint32_t ogg_checksum(uint32_t sum, ConstBytes bytes);

}  // namespace onair::sound
