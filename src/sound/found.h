// What is found in the bytes of a stream of sound, in their order. Each walker
// (frames, Ogg, WebM) is a machine: bytes in, one finding after another out;
// however the same bytes are cut, the findings are the same.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace onair::sound {

// Bytes of what a listener gets in front of the sound, at most.
inline constexpr size_t kMaxSoundHead = 64 * 1024;

// What the stream itself says is on; as it stands there, not yet repaired.
struct Words {
    std::string_view artist;
    std::string_view title;
};

struct Found {
    enum class What : uint8_t {
        kNone,     // everything was consumed
        kStart,    // a listener may begin at `at`, which is not later than
                   // what was consumed
        kHead,     // listeners who begin behind `at` get `head` first
        kWords,    // `words` are about the sound from `at` on
        kRefused,  // the head is above kMaxSoundHead, or of a codec that is
                   // not known: no starts until the next one
    };
    What what = What::kNone;
    // The place in the stream: bytes in front of it since the walker was made.
    uint64_t at = 0;
    // kStart: the length of the sound in front of it, in microseconds.
    uint64_t time_us = 0;
    ConstBytes head = {};  // LIFETIME: the walker's, until its next next()
    Words words = {};      // LIFETIME: as head
};

}  // namespace onair::sound
