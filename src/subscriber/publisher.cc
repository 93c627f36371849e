#include "subscriber/publisher.h"

#include <algorithm>

#include "subscriber/field.h"

namespace onair::subscriber {

namespace {

constexpr std::string_view kDigits = "0123456789";

std::string_view without_port(std::string_view address)
{
    if (address.starts_with('[')) {
        size_t end = address.find(']');
        return end == std::string_view::npos ? std::string_view()
                                             : address.substr(1, end - 1);
    }
    size_t colon = address.find(':');
    bool one = colon != std::string_view::npos &&
               address.find(':', colon + 1) == std::string_view::npos;
    return one ? address.substr(0, colon) : address;
}

// 127.x.y.z of numbers; nothing that only begins so.
bool is_loopback4(std::string_view address)
{
    int parts = 0;
    Parts numbers(address, '.');
    for (std::string_view number; numbers.next(&number); parts++) {
        bool good = !number.empty() && number.size() <= 3 &&
                    number.find_first_not_of(kDigits) == std::string_view::npos;
        if (!good || (parts == 0 && number != "127")) {
            return false;
        }
    }
    return parts == 4;
}

bool all_this_machine(std::string_view list)
{
    Parts parts(list, ',');
    for (std::string_view part; parts.next(&part);) {
        if (!is_this_machine(part)) {
            return false;
        }
    }
    return true;
}

std::string_view unquoted(std::string_view text)
{
    bool quoted =
        text.size() >= 2 && text.starts_with('"') && text.ends_with('"');
    return quoted ? text.substr(1, text.size() - 2) : text;
}

// One hop of Forwarded: its client is named, and is this machine.
bool is_local_hop(std::string_view hop)
{
    constexpr std::string_view kFor = "for=";
    Parts pairs(hop, ';');
    for (std::string_view pair; pairs.next(&pair);) {
        if (equal_fold(pair.substr(0, kFor.size()), kFor)) {
            return is_this_machine(unquoted(pair.substr(kFor.size())));
        }
    }
    return false;
}

bool all_local_hops(std::string_view forwarded)
{
    Parts hops(forwarded, ',');
    for (std::string_view hop; hops.next(&hop);) {
        if (!is_local_hop(hop)) {
            return false;
        }
    }
    return true;
}

bool is_from_browser(const Request& request)
{
    return request.language.data() != nullptr ||
           request.origin.data() != nullptr ||
           request.fetch_site.data() != nullptr;
}

// A page that the operator names, by what its browser says of it: with GET to
// its own host it sends no Origin.
bool is_of_named_page(const Request& request, const OriginRule& pages)
{
    if (request.origin.data() != nullptr) {
        return origin_allowed(pages, request.origin, {}, false);
    }
    return request.fetch_site == "same-origin" &&
           is_host_of(pages, request.host);
}

bool is_own_name(std::string_view host, const PublishRule& rule)
{
    return is_host_of_nobody_else(host) ||
           std::any_of(rule.names.begin(), rule.names.end(),
                       [host](std::string_view name) {
                           return is_host_named(host, name);
                       });
}

enum class Why : uint8_t { kNotLocal, kForeignPage, kGet, kName };

constexpr std::string_view kReasons[][2] = {
    {"only this machine may publish here, see \"from\" of onair_publish",
     "only this machine may do this here, see \"from\" of "
     "onair_room_control"},
    {"no page of another site may publish here, see \"pages\" of "
     "onair_publish",
     "no page of another site may do this here, see \"pages\" of "
     "onair_room_control"},
    {"a browser may not publish with GET here, see \"pages\" of "
     "onair_publish",
     "a browser may not ask with GET here, see \"pages\" of "
     "onair_room_control"},
    {"no page under this name may publish here, see \"pages\" of "
     "onair_publish",
     "no page under this name may do this here, see \"pages\" of "
     "onair_room_control"},
};

Refusal refused(Why why, Door door)
{
    return {403, kReasons[static_cast<size_t>(why)][static_cast<size_t>(door)],
            Fault::kBadOrigin};
}

}  // namespace

bool is_this_machine(std::string_view address)
{
    constexpr std::string_view kMapped = "::ffff:";
    if (address.starts_with("unix:")) {
        return true;
    }
    std::string_view bare = without_port(address);
    if (equal_fold(bare.substr(0, kMapped.size()), kMapped)) {
        bare.remove_prefix(kMapped.size());
    }
    return bare == "::1" || is_loopback4(bare);
}

bool is_local(std::span<const std::string_view> addresses,
              const Request& request)
{
    return std::all_of(addresses.begin(), addresses.end(), is_this_machine) &&
           all_this_machine(request.forwarded_for) &&
           all_local_hops(request.forwarded);
}

Refusal check_publisher(const Request& request, bool local,
                        const PublishRule& rule)
{
    if (!local && !rule.from_any) {
        return refused(Why::kNotLocal, rule.door);
    }
    if (!is_from_browser(request) || is_of_named_page(request, rule.pages)) {
        return {};
    }
    if (is_of_foreign_page(request.fetch_site, request.origin, request.host,
                           request.secure)) {
        return refused(Why::kForeignPage, rule.door);
    }
    if (request.method == "GET") {
        return refused(Why::kGet, rule.door);
    }
    if (!is_own_name(request.host, rule)) {
        return refused(Why::kName, rule.door);
    }
    return {};
}

}  // namespace onair::subscriber
