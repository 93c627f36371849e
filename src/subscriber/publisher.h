// Who may push (onair_publish, onair_room_control): from where a request comes,
// and whether a browser sends it for a page that is none of the operator's.
// Texts of headers and addresses in, a refusal in words out. Everything is
// hostile input.
#pragma once

#include <span>
#include <string_view>

#include "subscriber/handshake.h"
#include "subscriber/origin.h"

namespace onair::subscriber {

// The directive that the words of a refusal name.
enum class Door : uint8_t { kPublish, kControl };

struct PublishRule {
    Door door = Door::kPublish;
    bool from_any = false;  // the operator's access rules say who may come
    OriginRule pages = {.any = false};        // hosts alone count: pages=
    std::span<const std::string_view> names;  // of the server; no patterns
};

// Whether an address, as nginx or a proxy writes it, is this machine: 127/8,
// also mapped into IPv6, ::1, or a unix socket. A port behind it and the
// brackets of IPv6 are no matter.
bool is_this_machine(std::string_view address);

// Whether a request is from this machine: all the addresses under which the
// server knows its client are, and all that proxies in between name
// (X-Forwarded-For, X-Real-IP, Forwarded: RFC 7239). A proxy on this machine
// does not make its clients local.
bool is_local(std::span<const std::string_view> addresses,
              const Request& request);

// Status 0, or 403 and why. Whoever is no browser is judged by `local` alone:
// encoders and scripts send neither Origin, Sec-Fetch-Site nor Accept-Language,
// and browsers always send the last. A browser is let in
// - for a page of `pages`, by its Origin or as the Host of its own request;
// - else not with GET, which pages of any site can make it send and which an
//   old one sends without a word of whose page it is;
// - else for a page of this server: same site, and asked for by one of `names`,
//   localhost or an address, not by a name that somebody else has lead here.
Refusal check_publisher(const Request& request, bool local,
                        const PublishRule& rule);

}  // namespace onair::subscriber
