// The WebSocket opening handshake (RFC 6455 section 4.2): whether a request is
// one, and what is wrong with it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/fault.h"

namespace onair::subscriber {

// The parts of a request that matter, as received; absent: data() == nullptr.
struct Request {
    std::string_view method;
    int http_version = 11;  // 9, 10, 11, 20, 30
    bool secure = false;
    std::string_view args;  // query without '?'
    std::string_view host, origin, accept, upgrade, connection;
    std::string_view fetch_site;  // Sec-Fetch-Site
    std::string_view language;    // Accept-Language
    // What proxies in between say: X-Forwarded-For and X-Real-IP as one list;
    // Forwarded.
    std::string_view forwarded_for, forwarded;
    std::string_view api_key, authorization;  // X-API-Key, Authorization
    std::string_view last_event_id, if_none_match;
    // Sec-WebSocket-*; repeated headers joined with ", " by the caller
    std::string_view key, version, protocol, extensions;
    size_t keys = 0;  // how many Sec-WebSocket-Key headers there were
};

// A refusal: status and one line in words, without line break.
struct Refusal {
    uint16_t status = 0;  // 0: not refused; 204 answers a preflight
    std::string_view reason;
    Fault fault = Fault::kBadRequest;
};

// An upgrade to WebSocket is asked for. HTTP/2 and later have none: there the
// header is ignored.
bool wants_websocket(const Request& request);

// Checks such a request. Status 400, 405 or 426, else 0.
Refusal check_handshake(const Request& request);

// The first of `ours` that is in the client's Sec-WebSocket-Protocol header;
// empty: none, and the answer has no such header.
std::string_view choose_protocol(std::string_view theirs,
                                 std::span<const std::string_view> ours);

// Sec-WebSocket-Accept for a checked key: 28 characters.
inline constexpr size_t kAcceptSize = 28;
void accept_key(std::string_view key, std::span<char, kAcceptSize> out);

}  // namespace onair::subscriber
