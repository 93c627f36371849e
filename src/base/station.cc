#include "base/station.h"

#include "base/bytes.h"

namespace onair {

std::string_view word(Status status)
{
    switch (status) {
        case Status::kOffline:
            return "offline";
        case Status::kStale:
            return "stale";
        case Status::kLive:
            return "live";
    }
    return "offline";
}

bool same_track(const Track& a, const Track& b)
{
    return a.text == b.text && a.artist == b.artist && a.title == b.title;
}

TrackId track_id(const Track& track)
{
    TrackId id = {};
    if (track.text.empty() && track.artist.empty() && track.title.empty()) {
        return id;
    }
    // The zero byte cannot be part of a clean text, so it keeps "ab" + "c"
    // and "a" + "bc" apart.
    constexpr std::string_view kBetween("\0", 1);
    uint64_t h = hash_more(kHashSeed, track.text);
    h = hash_more(hash_more(h, kBetween), track.artist);
    h = hash_end(hash_more(hash_more(h, kBetween), track.title));
    for (size_t i = 0; i < sizeof(id.digits); i++) {
        id.digits[i] = "0123456789abcdef"[(h >> (60 - 4 * i)) & 15];
    }
    id.size = sizeof(id.digits);
    return id;
}

}  // namespace onair
