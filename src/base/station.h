// The words of the project as shapes: what a source reports of a station and
// what a station is. Plain values; every text is a view of clean UTF-8 whose
// memory belongs to whoever made the shape. An empty text means "unknown".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/original.h"
#include "base/time.h"

namespace onair {

// Longest texts kept, in bytes of UTF-8; longer ones are cut at the border of
// a character.
inline constexpr size_t kMaxName = 128;   // a station's name
inline constexpr size_t kMaxText = 4096;  // text, title, artist, album
inline constexpr size_t kMaxUrl = 1024;   // art, url, listen

enum class Status : uint8_t {
    kOffline,  // not on air, or not heard of for too long
    kStale,    // the source has not answered for a while; last good state kept
    kLive,
};

// As subscribers, logs and figures have it: "offline", "stale", "live".
std::string_view word(Status status);

struct Track {
    std::string_view text;  // "Artist - Title", as shown in one line
    std::string_view artist;
    std::string_view title;
    std::string_view album;
    std::string_view art;  // URL of a cover
    std::string_view url;
    UnixMs started = kNoTime;  // as the source says it, else when first seen
    int64_t duration_ms = -1;  // -1: unknown
};

// Two tracks are the same to a listener: text, artist and title, what
// track_id() is made of, are equal. A cover may still have come later.
bool same_track(const Track& a, const Track& b);

// Stable id of a track: 16 hexadecimal digits made of its text, artist and
// title, equal for equal tracks on every machine. Zero-length track: empty.
struct TrackId {
    char digits[16];
    size_t size = 0;
    std::string_view view() const { return {digits, size}; }
};
TrackId track_id(const Track& track);

struct Listeners {
    int64_t current = -1;  // -1: unknown
    int64_t peak = -1;
    int64_t unique = -1;
    bool operator==(const Listeners&) const = default;
};

struct Stream {
    std::string_view name;
    std::string_view description;
    std::string_view genre;
    std::string_view url;
    std::string_view listen;  // where the audio is
    std::string_view type;    // media type of the audio
    int64_t bitrate = -1;     // kbit/s; -1: unknown
    bool operator==(const Stream&) const = default;
};

// What one source says about one station at one moment.
struct Report {
    std::string_view station;  // empty: the station is the poll location's
    std::string_view id;       // another name that the document has for it
    bool on_air = false;
    // A partial source says how many listen, and nothing of the rest.
    bool only_counts = false;
    UnixMs since = kNoTime;  // when this stream began, where the source says
    Track now;
    Track next;           // what plays after it, where the source knows
    std::string_view dj;  // the live presenter, where the source knows
    Listeners listeners;
    Stream stream;
    // The source's own list of earlier tracks, newest first; often empty.
    std::span<const Track> history;
    Original original;  // where the source is an AzuraCast
};

}  // namespace onair
