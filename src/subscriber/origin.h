// Which pages may connect (onair_origin): the Origin header (RFC 6454 section
// 7) against what the operator allows. Hostile input.
#pragma once

#include <span>
#include <string_view>

#include "base/result.h"

namespace onair::subscriber {

// A request without Origin is no page and always let in. `null` is what
// browsers say for pages that have no site: of a file, of a sandboxed frame.
// Any site can have such a frame.
struct OriginRule {
    bool any = true;
    bool same = false;
    bool null = false;
    std::span<const std::string_view> hosts =
        {};  // "example.com", "*.example.com",
             // "https://example.com:8443"
};

// `same`: the page's host and port are those of the Host header. The scheme is
// not compared, as TLS may end in front of nginx; but a page that came without
// TLS is not the same as a location reached with it.
// Hosts: without regard to case and to a dot at the end (RFC 1034 section 3.1);
// *. stands for one label or more. What a rule
// leaves out is not compared: a bare host goes with every port and with http
// and https; with a scheme but no port it goes with the scheme's own port.
bool origin_allowed(const OriginRule& rule, std::string_view origin,
                    std::string_view host, bool secure);

// Whether a browser sends this request for a page of another site (Fetch
// Metadata, Sec-Fetch-Site; an Origin that is not the Host). Encoders and
// scripts send neither header and are no page.
bool is_of_foreign_page(std::string_view fetch_site, std::string_view origin,
                        std::string_view host, bool secure);

// Whether a Host header is an address or localhost, and not a name that
// somebody else can have lead here (DNS rebinding).
bool is_host_of_nobody_else(std::string_view host);

// Whether a Host header, whatever its port, is this name.
bool is_host_named(std::string_view host, std::string_view name);

// Whether a Host header is the host of one of the rule's, whatever the port.
bool is_host_of(const OriginRule& rule, std::string_view host);

// Checks one parameter of onair_origin at `nginx -t`. kBadOrigin.
Outcome check_origin_host(std::string_view host);

}  // namespace onair::subscriber
