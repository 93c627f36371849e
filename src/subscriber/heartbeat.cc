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
    Ticks silent = since(now, heard);
    if (rule.timeout_ms != 0) {
        bool asked = rule.interval_ms == 0 || since(now, sent) < silent;
        if (silent >= rule.timeout_ms && asked) {
            out.beat = Beat::kDead;
            return out;
        }
        out.due = now + rule.timeout_ms -
                  (silent < rule.timeout_ms ? silent : rule.interval_ms);
    }
    if (rule.interval_ms == 0) {
        return out;
    }
    Ticks quiet = since(now, sent);
    if (rule.timeout_ms != 0) {
        quiet = std::min(quiet, silent);
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
