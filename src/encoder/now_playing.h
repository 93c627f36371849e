// A state becomes AzuraCast's NowPlaying object: every member of it, in its
// order and with its types, from whatever source. What came from an AzuraCast
// is told in its own words, with the time that went by since. Made once a
// worker and change, as the snapshot is.
#pragma once

#include "encoder/snapshot.h"

namespace onair::encoder {

// `pushed`: the copy that is pushed or kept as a file says so in its member
// `cache`; the one that is asked for has null there.
void write_now_playing(Writer& out, const slot::State& state, const View& view,
                       bool pushed);

// What is pushed of a change: the object with what set it off, and the server's
// clock in seconds, as {"data":{"np":...},"offset":seq}. A state without a
// change has no offset.
void write_publication(Writer& out, const slot::State& state, const View& view);

// "Artist - Title", or the name of the station where nothing is known.
std::string_view plain_line(const slot::State& state);

// The number of a station: its source's where that is an AzuraCast, else one
// made of its name, equal on every server.
uint32_t station_number(const slot::State& state);

}  // namespace onair::encoder
