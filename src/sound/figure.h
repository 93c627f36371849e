// What is counted of a station's sound, and the words for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace onair::sound {

// Listeners by what they are: their counts, figures and log lines.
enum class Listening : uint8_t { kPlayer, kAudio, kWebSocket, kSse };
inline constexpr size_t kListenings = 4;
std::string_view word(Listening listening);

enum class Figure : uint8_t {
    kListens,  // listeners accepted
    kMoved,    // times that one fell out of the ring
    kSpoiled,  // chunks that another writer wrote over
    kBytes,    // sent to listeners that have gone
    kPulls,    // connections to the source that brought sound
    kJoined,   // of them, those that went on at the very byte
    kTitles,
    // Milliseconds of listeners that have gone, one a Listening.
    kHeard,
};
inline constexpr size_t kFigures = 7 + kListenings;
// kHeard has none: it is one figure a kind.
std::string_view word(Figure figure);
constexpr Figure heard_by(Listening listening)
{
    return static_cast<Figure>(static_cast<size_t>(Figure::kHeard) +
                               static_cast<size_t>(listening));
}

}  // namespace onair::sound
