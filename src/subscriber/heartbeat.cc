#include "subscriber/heartbeat.h"

#include <algorithm>

namespace onair::subscriber {

namespace {

// A clock that went back is no time passed.
Ticks since(Ticks now, Ticks then)
{
    return now > then ? now - then : 0;
}

}  // namespace

Heartbeat heartbeat(const HeartbeatRule& rule, Ticks now, Ticks heard,
                    Ticks sent)
{
    Heartbeat out;
    if (rule.timeout_ms != 0) {
        if (since(now, heard) >= rule.timeout_ms) {
            out.beat = Beat::kDead;
            return out;
        }
        out.due = now + rule.timeout_ms - since(now, heard);
    }
    if (rule.interval_ms == 0) {
        return out;
    }
    Ticks quiet = since(now, sent);
    if (rule.timeout_ms != 0) {
        quiet = std::min(quiet, since(now, heard));
    }
    if (quiet >= rule.interval_ms) {
        out.beat = Beat::kSend;
        quiet = 0;
    }
    Ticks next = now + rule.interval_ms - quiet;
    if (out.due == 0 || next < out.due) {
        out.due = next;
    }
    return out;
}

}  // namespace onair::subscriber
