#include "subscriber/origin.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "subscriber/field.h"

namespace onair::subscriber {

namespace {

struct Authority {
    std::string_view scheme;  // empty: not given
    std::string_view host;    // with the brackets of an IPv6 address
    uint32_t port = 0;        // 0: not given
};

uint32_t port_of(std::string_view scheme)
{
    if (equal_fold(scheme, "http")) {
        return 80;
    }
    return equal_fold(scheme, "https") ? 443 : 0;
}

bool is_one_of(char c, std::string_view marks)
{
    char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

bool all_of(std::string_view text, std::string_view marks)
{
    return !text.empty() &&
           std::all_of(text.begin(), text.end(),
                       [marks](char c) { return is_one_of(c, marks); });
}

bool read_port(std::string_view text, uint32_t* port)
{
    if (!is_digits(text) || text.size() > 5) {
        return false;
    }
    std::from_chars(text.data(), text.data() + text.size(), *port);
    return *port > 0 && *port <= 65535;
}

bool is_host(std::string_view host)
{
    if (host.starts_with('[') && host.ends_with(']')) {
        return host.size() > 2 && all_of(host.substr(1, host.size() - 2), ":.");
    }
    return all_of(host, "-._");
}

// [scheme://]host[:port], nothing else: no user, no path.
bool read_authority(std::string_view text, Authority* authority)
{
    *authority = Authority();
    size_t mark = text.find("://");
    if (mark != std::string_view::npos) {
        authority->scheme = text.substr(0, mark);
        if (!all_of(authority->scheme, "+-.")) {
            return false;
        }
        text.remove_prefix(mark + 3);
    }
    size_t colon = text.rfind(':');
    size_t bracket = text.rfind(']');
    bool has_port = colon != std::string_view::npos &&
                    (bracket == std::string_view::npos || colon > bracket);
    if (has_port && !read_port(text.substr(colon + 1), &authority->port)) {
        return false;
    }
    authority->host = has_port ? text.substr(0, colon) : text;
    if (authority->host.size() > 1 && authority->host.ends_with('.')) {
        authority->host.remove_suffix(1);
    }
    return is_host(authority->host);
}

// The same for a rule, whose host may begin with "*.".
bool read_rule(std::string_view text, Authority* authority, bool* wild)
{
    size_t mark = text.find("://");
    size_t begin = mark == std::string_view::npos ? 0 : mark + 3;
    *wild = text.substr(begin, 2) == "*.";
    if (!*wild) {
        return read_authority(text, authority);
    }
    bool good = read_authority(text.substr(begin + 2), authority);
    authority->scheme = text.substr(0, begin == 0 ? 0 : mark);
    return good && !authority->host.starts_with('[') &&
           (begin == 0 || all_of(authority->scheme, "+-."));
}

bool host_matches(std::string_view host, std::string_view rule, bool wild)
{
    if (!wild) {
        return equal_fold(host, rule);
    }
    if (host.size() < rule.size() + 2) {
        return false;
    }
    size_t dot = host.size() - rule.size() - 1;
    return host[dot] == '.' && equal_fold(host.substr(dot + 1), rule);
}

bool rule_matches(std::string_view text, const Authority& origin)
{
    Authority rule;
    bool wild = false;
    if (!read_rule(text, &rule, &wild) ||
        !host_matches(origin.host, rule.host, wild)) {
        return false;
    }
    uint32_t own = port_of(origin.scheme);
    if (rule.scheme.empty()) {
        // Pages of other schemes are let in only by a rule that names them.
        if (own == 0) {
            return false;
        }
    } else if (!equal_fold(rule.scheme, origin.scheme)) {
        return false;
    }
    uint32_t port = origin.port != 0 ? origin.port : own;
    if (rule.port != 0) {
        return rule.port == port;
    }
    return rule.scheme.empty() || port == own;
}

bool is_same(const Authority& origin, std::string_view host, bool secure)
{
    Authority here;
    uint32_t own = port_of(origin.scheme);
    if (own == 0 || !read_authority(host, &here) || !here.scheme.empty() ||
        (secure && own != 443)) {
        return false;
    }
    uint32_t port = origin.port != 0 ? origin.port : own;
    return equal_fold(origin.host, here.host) &&
           port == (here.port != 0 ? here.port : own);
}

}  // namespace

bool origin_allowed(const OriginRule& rule, std::string_view origin,
                    std::string_view host, bool secure)
{
    if (rule.any || origin.data() == nullptr) {
        return true;
    }
    if (rule.null && origin == "null") {
        return true;
    }
    Authority authority;
    if (!read_authority(origin, &authority) || authority.scheme.empty()) {
        return false;
    }
    if (rule.same && is_same(authority, host, secure)) {
        return true;
    }
    return std::any_of(rule.hosts.begin(), rule.hosts.end(),
                       [&authority](std::string_view text) {
                           return rule_matches(text, authority);
                       });
}

bool is_of_foreign_page(std::string_view fetch_site, std::string_view origin,
                        std::string_view host, bool secure)
{
    if (fetch_site == "cross-site" || fetch_site == "same-site") {
        return true;
    }
    OriginRule own_pages;
    own_pages.any = false;
    own_pages.same = true;
    return !origin_allowed(own_pages, origin, host, secure);
}

bool is_host_of_nobody_else(std::string_view host)
{
    Authority authority;
    if (!read_authority(host, &authority) || !authority.scheme.empty()) {
        return false;
    }
    constexpr std::string_view kOwn = "localhost";
    return authority.host.starts_with('[') ||
           equal_fold(authority.host, kOwn) ||
           host_matches(authority.host, kOwn, true) ||
           authority.host.find_first_not_of("0123456789.") ==
               std::string_view::npos;
}

bool is_host_named(std::string_view host, std::string_view name)
{
    Authority here;
    Authority named;
    return read_authority(host, &here) && here.scheme.empty() &&
           read_authority(name, &named) && equal_fold(here.host, named.host);
}

bool is_host_of(const OriginRule& rule, std::string_view host)
{
    Authority here;
    if (!read_authority(host, &here) || !here.scheme.empty()) {
        return false;
    }
    return std::any_of(rule.hosts.begin(), rule.hosts.end(),
                       [&here](std::string_view text) {
                           Authority named;
                           bool wild = false;
                           return read_rule(text, &named, &wild) &&
                                  host_matches(here.host, named.host, wild);
                       });
}

Outcome check_origin_host(std::string_view host)
{
    Authority authority;
    bool wild = false;
    if (!read_rule(host, &authority, &wild)) {
        return Fault::kBadOrigin;
    }
    return Done();
}

}  // namespace onair::subscriber
