// The head of one frame of MPEG audio (ISO 11172-3 section 2.4.2.3) or of AAC
// in ADTS (ISO 13818-7 section 6.2).
#pragma once

#include <cstddef>
#include <cstdint>

namespace onair::sound {

inline constexpr size_t kMpegHead = 4;  // bytes that are looked at
inline constexpr size_t kAdtsHead = 7;

struct FrameHead {
    uint32_t length = 0;   // bytes of the whole frame; 0: this is no head
    uint32_t samples = 0;  // of one channel
    uint32_t rate = 0;     // samples a second
    // What is the same in all frames of a stream.
    uint32_t signature = 0;
};

// `bytes` are kMpegHead. A frame of free format has no length of its own and
// is no head.
FrameHead mpeg_head(const uint8_t* bytes);

// `bytes` are kAdtsHead.
FrameHead adts_head(const uint8_t* bytes);

}  // namespace onair::sound
