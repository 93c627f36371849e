// When a subscriber is sent a sign of life and when it is given up. One timer
// a worker asks this for each subscriber that is due.
#pragma once

#include "base/time.h"

namespace onair::subscriber {

// Milliseconds; 0 turns either off.
struct HeartbeatRule {
    uint32_t interval_ms = 25000;  // of quiet, before we say something
    uint32_t timeout_ms = 60000;   // of quiet from the client; only where it
                                   // answers (WebSocket), else 0
};

enum class Beat : uint8_t {
    kNothing,
    kSend,  // a ping or a comment, now; then last_sent is `now`
    kDead,  // close
};

struct Heartbeat {
    Beat beat = Beat::kNothing;
    // When to ask again if nothing else happens till then; 0: never. After
    // kSend this is computed as if it was sent now.
    Ticks due = 0;
};

// `heard`: when the client last sent anything. `sent`: where there is a
// timeout, when we last sent a ping: a client that gets a message a second
// has nothing to say to them, and must not be taken for dead unasked. Where
// there is none, when we last sent anything. Whoever could not be asked in
// time (a frame was under way, the worker stood still) is asked first. The
// timeout is longer than the interval.
Heartbeat heartbeat(const HeartbeatRule& rule, Ticks now, Ticks heard,
                    Ticks sent);

}  // namespace onair::subscriber
