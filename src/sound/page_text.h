// What a page is told beside the sound: what it is, its titles, and how long
// the head pages are. docs/wire.md has them. In every worker, for those who
// listen over WebSocket and by server-sent events.
#pragma once

#include "sound/ring.h"

namespace onair::sound {

// Bytes at most, for a cue and an info as a ring holds them.
inline constexpr size_t kMostPageText = 64 + 3 * 6 * kMostCue;

struct Beginning {
    uint64_t burst_ms = 0;
    uint64_t position = 0;  // of the byte that comes next
};

// {"type":"audio/mpeg","bitrate":128,"burst":4.000,"position":123}; a bit rate
// that is not known is null.
void write_beginning(Writer& out, const Info& info, const Beginning& beginning);

// {"text":"A - T","artist":"A","title":"T","position":123}; null where there is
// none.
void write_words(Writer& out, const Cue& cue);

// "Artist - Title", or the one that there is: as one line says it.
void write_line(Writer& out, const Cue& cue);

// {"head":137}: so many bytes of head pages follow, which are not sound.
void write_head_size(Writer& out, size_t size);

}  // namespace onair::sound
