// Makes of the NowPlaying object of an AzuraCast what is kept of it. Called by
// the readers of that format, for each station of an answer.
#pragma once

#include "base/original.h"
#include "source/json.h"

namespace onair::source {

// `object` is of a document read strictly, so that numbers are told from
// strings. The text is the arena's. Nothing where the object has no station or
// no now_playing to put a player at ease, where it is longer than kMaxOriginal,
// or where the arena has no room for it.
Original original_of(JsonValue object, UnixMs now, Arena& arena);

}  // namespace onair::source
