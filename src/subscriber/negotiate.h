// permessage-deflate is agreed on (RFC 7692 sections 5 and 7.1). Header texts
// in, a decision out; hostile input.
#pragma once

#include <span>
#include <string_view>

namespace onair::subscriber {

// permessage-deflate as agreed (RFC 7692 section 7.1).
struct Deflate {
    bool on = false;
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    bool server_bits_asked = false;  // the offer had server_max_window_bits
    bool client_bits_asked = false;  // the offer had client_max_window_bits
    int server_bits = 15;
    int client_bits = 15;
};

// What the location offers.
struct Offer {
    bool deflate = false;
    bool context_takeover = false;  // keep contexts if the client lets us
    // The smallest window we can compress with: frames that many share were
    // made with one window, and who wants a smaller one gets them plain.
    int least_server_bits = 9;
    std::span<const std::string_view> protocols;  // in the order of preference
};

// Whether the header is what RFC 6455 section 9.1 says; else the handshake must
// be refused, whether its extensions are known or not. Empty elements of the
// list, and a header of nothing else, are no fault.
bool is_well_formed(std::string_view extensions);

// Picks the first acceptable offer of permessage-deflate among those in a
// Sec-WebSocket-Extensions header; on == false when there is none. An offer
// with an unknown, repeated or malformed parameter is declined and the next
// one looked at; after a syntax error nothing more is. An empty header is no
// offer. server_max_window_bits=8 is declined: zlib cannot keep that promise.
Deflate negotiate(std::string_view extensions, const Offer& offer);

// The value of Sec-WebSocket-Extensions for what was agreed; empty if off or
// if `out` (128 bytes are enough) is too small.
std::string_view write_extensions(const Deflate& deflate, std::span<char> out);

}  // namespace onair::subscriber
