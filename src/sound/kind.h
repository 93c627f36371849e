// The kinds of sound that can be relayed: how their bytes are divided, and so
// where a listener may begin. Any process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace onair::sound {

enum class Kind : uint8_t {
    kMp3,   // MPEG-1 and 2 audio frames, layers I to III (ISO 11172-3, 13818-3)
    kAac,   // AAC in ADTS frames (ISO 13818-7 section 6.2)
    kOgg,   // Ogg pages (RFC 3533) with Vorbis, Opus or FLAC
    kWebm,  // WebM clusters (RFC 8794, RFC 9559)
};
inline constexpr size_t kKinds = 4;

// The word of `type=`: "mp3", "aac", "ogg", "webm".
std::string_view word_of(Kind kind);
std::optional<Kind> kind_of(std::string_view word);

// What a Content-Type says; parameters and case do not matter.
std::optional<Kind> kind_of_media_type(std::string_view media_type);

// What the first bytes of a stream say, at least four of them. A stream that
// is joined inside a frame says nothing.
std::optional<Kind> kind_of_bytes(ConstBytes bytes);

// The media type to answer with where the source gave none.
std::string_view media_type_of(Kind kind);

}  // namespace onair::sound
