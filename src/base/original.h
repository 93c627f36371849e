// The NowPlaying object that an AzuraCast tells of a station, kept so that it
// can be told again: one line of JSON in the order and with the values of its
// source, and marks where time goes on. Made by source/original.cc, kept in
// the record of a slot, said again by encoder/now_playing.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace onair {

// Bytes that no JSON text holds.
enum class Mark : char {
    kElapsed = '\x01',    // around now_playing.elapsed, a number
    kRemaining = '\x02',  // around now_playing.remaining, a number
    kOnline = '\x03',     // around is_online, true or false
    kCache = '\x04',      // in place of cache
    kStation = '\x05',    // around station, an object
};

inline constexpr size_t kMaxOriginal = size_t{64} * 1024;

struct Original {
    std::string_view text;  // empty: the source is no AzuraCast
    // Digest of all in it but what changes with every answer: listeners,
    // elapsed, remaining, cache. 0: there is none.
    uint64_t digest = 0;
    UnixMs said = kNoTime;
};

}  // namespace onair
