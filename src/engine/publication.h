// What a publisher said of a station, as it is kept at the engine and told to
// other machines, in bytes that every machine reads the same. Untrusted when
// it comes back.
//
// Published it is "EPOCH SEQ PAYLOAD" as a room's message is. It has a whole
// state, or the counts of listeners, or both; the engine keeps of each station
// and source the newest of each.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/station.h"
#include "slot/source.h"

namespace onair::engine {

// The engine compares times of thirteen digits.
inline constexpr UnixMs kLeastTime = 1000000000000;
inline constexpr UnixMs kMostTime = 9999999999999;

// What of a report it has.
inline constexpr unsigned kState = 1;
inline constexpr unsigned kCounts = 2;

struct Publication {
    uint64_t machine = 0;
    UnixMs time = kLeastTime;  // when it was said, by its machine's clock
    unsigned parts = 0;
    slot::Source source;
    Report report;  // LIFETIME: of its texts, the bytes
};

inline constexpr size_t kMaxPublication = 256 + 2 * kMaxName +
                                          2 * (4 * kMaxText + 2 * kMaxUrl) +
                                          kMaxText + 4 * kMaxText + 2 * kMaxUrl;

// `out` has kMaxPublication bytes; no text is longer than the slot keeps.
ConstBytes pack_publication(const Publication& publication, Bytes out);
// kTorn: it is none of ours. Texts are within their bounds, UTF-8 and without
// control characters; a URL that no source may say is left out.
Result<Publication> unpack_publication(ConstBytes bytes);

// What of a station's source is kept under one name: parts, source, station.
// kMaxName + kMaxFieldFront bytes at the most.
inline constexpr size_t kMaxFieldFront = 16;
std::string_view write_register(const Publication& publication,
                                std::span<char> out);

}  // namespace onair::engine
