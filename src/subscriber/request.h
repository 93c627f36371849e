// What a client asks of an `onair` location, and whether it may have it: the
// transport, the stations, the id it saw last; the WebSocket opening handshake
// (RFC 6455 section 4.2) with its extension and subprotocol. Header texts in,
// a decision out. Everything here is hostile input; nothing is allocated.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "encoder/event_id.h"
#include "slot/roster.h"
#include "subscriber/handshake.h"
#include "subscriber/negotiate.h"
#include "subscriber/origin.h"
#include "subscriber/station_list.h"

namespace onair::subscriber {

struct Ask {
    slot::Transport transport = slot::Transport::kGet;
    bool head = false;
    std::string_view stations;  // the raw list of ?stations=, percent-decoded
                                // lazily by StationList; data()==nullptr: none
    bool has_since = false;
    bool bad_since = false;  // given but unusable: a gap
    encoder::EventId since;
    uint32_t wait_ms = 0;  // long poll
    // LIFETIME: one of Offer::protocols; empty: none.
    std::string_view protocol;
    Deflate deflate;
};

// Decides. `ask` is meaningful when the refusal's status is 0. OPTIONS is a
// preflight and left to the caller (status 204). Precedence: method, then
// Upgrade: websocket, Accept: text/event-stream, ?wait=, GET.
// since: Last-Event-ID (not of a GET), else the same as an argument, in any of
// the ways in which clients write it that cannot send the header (lastEventId),
// the last one of several, else ?since=, else (long poll, GET) the
// first event id in If-None-Match. An empty one counts as absent: the client
// has seen nothing.
// An If-None-Match without any event id is unusable for a long poll and means
// nothing to a GET, whose answer others share.
// ?wait= is seconds, fractions allowed; more than 300 is taken as 300, anything
// else is refused. A later ?wait=, ?since= or ?stations= is ignored.
// The statuses: 204, 400, 405, 426 (add "Sec-WebSocket-Version: 13").
Refusal classify(const Request& request, const Offer& offer, Ask* ask);

}  // namespace onair::subscriber
