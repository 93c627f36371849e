// What a player or a browser asks of a location with the sound, and how it is
// answered. Header texts in, a decision out; hostile input.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace onair::sound {

// The place of a listener's first byte, as a redirect carries it in `?from=`:
// "POSITION" or "POSITION-HEAD", the bytes of head pages in front of it.
struct From {
    uint64_t position = 0;
    uint64_t head = 0;
};
std::optional<From> read_from(std::string_view args);
void write_from(Writer& out, const From& from);

// N of "bytes=N-"; nothing where it asks for anything else.
std::optional<uint64_t> read_range(std::string_view range);

struct Listen {
    bool audio = false;  // a browser's <audio>: it comes back by Range
    bool icy = false;
    bool redirect = false;  // to the same with the position of its first byte
    bool partial = false;   // 206 from `resumes` on
    uint64_t resumes = 0;   // bytes of the answer that it has had
    bool at_position = false;
    uint64_t position = 0;
};

// `icy`, `range` and `dest` are Icy-MetaData, Range and Sec-Fetch-Dest;
// `frames`: the sound is one that ICY blocks can stand in (MP3, AAC).
Listen listen_as(std::string_view icy, std::string_view range,
                 std::string_view dest, std::string_view args, bool frames);

// The same of a page, over WebSocket or by events: `last` is Last-Event-ID, the
// place behind the last event that it has had, and goes before `?from=`.
Listen listen_as_page(std::string_view last, std::string_view args);

}  // namespace onair::sound
