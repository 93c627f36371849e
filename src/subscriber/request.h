// What a client asks of an `onair` location, and whether it may have it: the
// transport, the stations, the id it saw last; the WebSocket opening handshake
// (RFC 6455 section 4.2) with its extension and subprotocol. Header texts in,
// a decision out. Everything here is hostile input; nothing is allocated.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "encoder/snapshot.h"
#include "slot/roster.h"

namespace onair::subscriber {

// The parts of a request that matter, as received; absent: data() == nullptr.
struct Request {
    std::string_view method;
    int http_version = 11;  // 9, 10, 11, 20, 30
    bool secure = false;
    std::string_view args;  // query without '?'
    std::string_view host, origin, accept, upgrade, connection;
    std::string_view last_event_id, if_none_match;
    // Sec-WebSocket-*; repeated headers joined with ", " by the caller
    std::string_view key, version, protocol, extensions;
    size_t keys = 0;  // how many Sec-WebSocket-Key headers there were
};

// permessage-deflate as agreed (RFC 7692 section 7.1).
struct Deflate {
    bool on = false;
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    bool client_bits_asked = false;  // the offer had client_max_window_bits
    int server_bits = 15;
    int client_bits = 15;
};

// What the location offers.
struct Offer {
    bool deflate = false;
    bool context_takeover = false;  // keep contexts if the client lets us
    std::span<const std::string_view> protocols;  // in the order of preference
};

struct Ask {
    slot::Transport transport = slot::Transport::kGet;
    bool head = false;
    std::string_view stations;    // the raw list of ?stations=, percent-decoded
                                  // lazily by StationList; data()==nullptr: none
    bool has_since = false;
    bool bad_since = false;       // given but unusable: a gap
    encoder::EventId since;
    uint32_t wait_ms = 0;         // long poll
    std::string_view protocol;    // the subprotocol chosen, empty: none
    Deflate deflate;
};

// A refusal: status and one line in words, without line break.
struct Refusal {
    uint16_t status = 0;  // 0: not refused; 204 answers a preflight
    std::string_view reason;
    Fault fault = Fault::kBadRequest;
};

// Decides. `ask` is meaningful when the refusal's status is 0. OPTIONS is a
// preflight and left to the caller (status 204). Precedence: method, then
// Upgrade: websocket, Accept: text/event-stream, ?wait=, GET.
// since: Last-Event-ID, else ?since=, else (long poll, GET) If-None-Match.
// ?wait= is seconds, at most 300, fractions allowed.
Refusal classify(const Request& request, const Offer& offer, Ask* ask);

// Sec-WebSocket-Accept for a checked key: 28 characters.
inline constexpr size_t kAcceptSize = 28;
void accept_key(std::string_view key, std::span<char, kAcceptSize> out);

// The value of Sec-WebSocket-Extensions for what was agreed; empty if off.
std::string_view write_extensions(const Deflate& deflate, std::span<char> out);

// Picks the first acceptable offer of permessage-deflate among those in a
// Sec-WebSocket-Extensions header; on == false when there is none.
Deflate negotiate(std::string_view extensions, const Offer& offer);

// Iterates a list "a,b%20c,*" of station names: percent-decoded, checked as
// names, duplicates are the caller's business. kBadName.
class StationList {
  public:
    explicit StationList(std::string_view raw) : rest_(raw) {}
    // False at the end. `name` views `buffer`.
    Result<bool> next(std::span<char> buffer, std::string_view* name);

  private:
    std::string_view rest_;
    bool started_ = false;
};

// Which pages may connect (onair_origin). A request without Origin is no page
// and always let in; "null" only by `any`.
struct OriginRule {
    bool any = true;
    bool same = false;
    std::span<const std::string_view> hosts;  // "example.com", "*.example.com",
                                              // "https://example.com:8443"
};
bool origin_allowed(const OriginRule& rule, std::string_view origin,
                    std::string_view host, bool secure);
// Checks one parameter of onair_origin at `nginx -t`.
Outcome check_origin_host(std::string_view host);

}  // namespace onair::subscriber
