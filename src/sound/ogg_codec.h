// What the first packets of a logical Ogg stream say: Vorbis (Vorbis I section
// 4.2), Opus (RFC 7845 section 5) and FLAC (RFC 9639 section 10.1).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "sound/found.h"

namespace onair::sound {

enum class Codec : uint8_t { kNone, kVorbis, kOpus, kFlac };

struct CodecHead {
    Codec codec = Codec::kNone;
    uint32_t rate = 0;  // granules a second
};

// The first packet of a logical stream.
CodecHead codec_of(ConstBytes packet);

// Whether `packet`, the `number`th of the stream (the first is 0), is the last
// one in front of the sound.
bool ends_head(Codec codec, size_t number, ConstBytes packet);

// Artist and title in the packet of comments; nothing where this is another
// packet, or broken. Views of the packet.
std::optional<Words> words_of(Codec codec, ConstBytes packet);

}  // namespace onair::sound
