// A request from one input: fields are separated by line feeds, an empty one
// is absent. Whatever is let in must be usable.
#include <cstdint>
#include <string_view>

#include "base/station.h"
#include "check.h"
#include "subscriber/request.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

std::string_view take(std::string_view* rest)
{
    size_t end = rest->find('\n');
    std::string_view field = rest->substr(0, end);
    rest->remove_prefix(end == std::string_view::npos ? rest->size() : end + 1);
    return field.empty() ? std::string_view() : field;
}

Request read_request(std::string_view text, int number)
{
    constexpr int kVersions[] = {9, 10, 11, 11, 11, 20, 30, 11};
    Request request;
    request.http_version = kVersions[number % 8];
    request.keys = static_cast<size_t>(number / 8 % 4);
    request.secure = number >= 128;
    for (std::string_view* field :
         {&request.method, &request.args, &request.host, &request.origin,
          &request.accept, &request.upgrade, &request.connection,
          &request.last_event_id, &request.if_none_match, &request.key,
          &request.version, &request.protocol, &request.extensions,
          &request.fetch_site}) {
        *field = take(&text);
    }
    return request;
}

void check_deflate(const Deflate& deflate, const Offer& offer)
{
    char out[128];
    std::string_view answer = write_extensions(deflate, out);
    check(answer.empty() == !deflate.on);
    if (!deflate.on) {
        return;
    }
    check(offer.deflate);
    check(deflate.server_bits >= 9 && deflate.server_bits <= 15);
    check(deflate.client_bits >= 8 && deflate.client_bits <= 15);
    check(offer.context_takeover || (deflate.server_no_context_takeover &&
                                     deflate.client_no_context_takeover));
    // Our own answer is an offer that we would take.
    Deflate again = negotiate(answer, offer);
    check(again.on && again.server_bits == deflate.server_bits);
}

void check_ask(const Request& request, const Offer& offer, const Ask& ask)
{
    check(ask.wait_ms <= 300000);
    check(!(ask.has_since && ask.bad_since));
    check_deflate(ask.deflate, offer);
    StationList list(ask.stations);
    char buffer[kMaxName];
    for (size_t i = 0;; i++) {
        check(i <= ask.stations.size() + 1);
        std::string_view name;
        Result<bool> more = list.next(buffer, &name);
        if (more.ok() && !*more) {
            break;
        }
        check(!more.ok() || check_name(name).ok());
    }
    if (ask.transport == slot::Transport::kWebSocket) {
        char accept[kAcceptSize];
        accept_key(request.key, accept);
        check(accept[kAcceptSize - 1] == '=');
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    std::string_view text = text_of({data + 1, size - 1});
    Request request = read_request(text, data[0]);
    const std::string_view protocols[] = {"onair.json", "onair.title"};
    for (bool takeover : {false, true}) {
        Offer offer;
        offer.deflate = true;
        offer.context_takeover = takeover;
        offer.protocols = protocols;
        Ask ask;
        Refusal refusal = classify(request, offer, &ask);
        if (refusal.status == 0) {
            check_ask(request, offer, ask);
        } else {
            check(!refusal.reason.empty());
        }
    }
    OriginRule rule;
    rule.any = false;
    rule.same = true;
    const std::string_view hosts[] = {request.host, "*.example.com"};
    rule.hosts = hosts;
    bool allowed =
        origin_allowed(rule, request.origin, request.host, request.secure);
    check(!allowed || request.origin.data() == nullptr ||
          request.origin.find("://") != std::string_view::npos);
    // Who says neither is no page, and a page of this host is not foreign.
    bool foreign = is_of_foreign_page(request.fetch_site, request.origin,
                                      request.host, request.secure);
    check(!foreign || request.fetch_site.data() != nullptr ||
          request.origin.data() != nullptr);
    return 0;
}
