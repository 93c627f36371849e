// Credentials of a TURN server that last for a time: the user name is when they
// end, the password its HMAC-SHA1 under a secret that the TURN server has too
// (draft-uberti-behave-turn-rest-00; coturn's `use-auth-secret`).
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace onair::signalling {

struct Turn {
    std::string_view secret;
    std::span<const std::string_view> uris;  // "turn:host:3478?transport=udp"
    uint64_t lasts_s = 0;
};

// Whether it is a STUN or TURN URI as browsers take it (RFC 7064, 7065).
bool is_turn_uri(std::string_view uri);

// The list that RTCPeerConnection takes as `iceServers`; those with `stun:`
// come without credentials. `user` is put behind the time, where there is one.
void write_ice_servers(Writer& out, const Turn& turn, std::string_view user,
                       UnixMs now);
size_t most_ice_servers(const Turn& turn, std::string_view user);

}  // namespace onair::signalling
