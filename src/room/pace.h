// How fast a member may say things: a bucket of tokens in one word of shared
// memory, so that it holds over connections, workers and POSTs, and the slow
// mode of a room. Both answer with the time to wait.
#pragma once

#include "base/time.h"
#include "room/shared.h"
#include "subscriber/rate.h"

namespace onair::room {

// Takes `tokens` (at least one counts as one); 0: let through, else
// milliseconds until there would be enough. A word of 0 is a full bucket.
uint32_t take_pace(Word& word, const subscriber::RateRule& rule, Ticks now,
                   uint32_t tokens = 1);

// Slow mode: a word holds the time of what was said last, plus one. 0: let
// through and noted.
uint32_t take_turn(Word& word, uint32_t slow_ms, Ticks now);

}  // namespace onair::room
