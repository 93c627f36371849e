#include "subscriber/request.h"

#include <algorithm>

#include "subscriber/field.h"

namespace onair::subscriber {

namespace {

constexpr uint32_t kMaxWaitMs = 300'000;
constexpr size_t kMaxArgument = 64;  // of ?wait= and ?since=, decoded

// q=0, 0.0, ...: "not this" (RFC 9110 section 12.4.2).
bool is_refused(std::string_view range)
{
    Parts parameters(range, ';');
    for (std::string_view part; parameters.next(&part);) {
        if (part.size() > 2 && equal_fold(part.substr(0, 2), "q=")) {
            std::string_view q = part.substr(2);
            return q[0] == '0' &&
                   q.find_first_not_of("0.") == std::string_view::npos;
        }
    }
    return false;
}

bool wants_events(std::string_view accept)
{
    Parts ranges(accept, ',');
    for (std::string_view range; ranges.next(&range);) {
        std::string_view type = trim(range.substr(0, range.find(';')));
        if (equal_fold(type, "text/event-stream") && !is_refused(range)) {
            return true;
        }
    }
    return false;
}

// Seconds with up to three decimals that count; further ones do not.
Result<uint32_t> read_wait(std::string_view text)
{
    size_t point = text.find('.');
    std::string_view whole = text.substr(0, point);
    std::string_view rest;
    if (point != std::string_view::npos) {
        rest = text.substr(point + 1);
    }
    if (!is_digits(whole) ||
        (point != std::string_view::npos && !is_digits(rest))) {
        return Fault::kBadRequest;
    }
    uint64_t ms = 0;
    for (char c : whole) {
        ms = std::min<uint64_t>(ms * 10 + static_cast<uint64_t>(c - '0'),
                                kMaxWaitMs);
    }
    for (size_t i = 0; i < 3; i++) {
        char c = i < rest.size() ? rest[i] : '0';
        ms = ms * 10 + static_cast<uint64_t>(c - '0');
    }
    return static_cast<uint32_t>(std::min<uint64_t>(ms, kMaxWaitMs));
}

void set_since(Result<encoder::EventId> id, Ask* ask)
{
    ask->has_since = id.ok();
    ask->bad_since = !id.ok();
    if (id.ok()) {
        ask->since = *id;
    }
}

void read_since_argument(std::string_view raw, Ask* ask)
{
    char buffer[kMaxArgument];
    Result<std::string_view> text = percent_decode(raw, buffer);
    if (!text.ok()) {
        set_since(Fault::kBadEventId, ask);
        return;
    }
    set_since(encoder::read_event_id(*text), ask);
}

void read_if_none_match(std::string_view tags, Ask* ask)
{
    Result<encoder::EventId> only = encoder::read_event_id(tags);
    if (only.ok()) {
        set_since(only, ask);
        return;
    }
    Parts parts(tags, ',');
    for (std::string_view tag; parts.next(&tag);) {
        Result<encoder::EventId> id = encoder::read_event_id(tag);
        if (id.ok()) {
            set_since(id, ask);
            return;
        }
    }
    ask->bad_since = ask->transport == slot::Transport::kLongPoll;
}

// Whether a name is that of the last event id as a client writes it that cannot
// send the header: lastEventId, last-event-id, Last_Event_ID,
// evs_last_event_id.
bool names_last_id(std::string_view name)
{
    std::string_view rest = "lasteventid";
    if (name.starts_with("evs_")) {
        name.remove_prefix(4);
    }
    for (char c : name) {
        if (c == '-' || c == '_') {
            continue;
        }
        if (rest.empty() || lower(c) != rest.front()) {
            return false;
        }
        rest.remove_prefix(1);
    }
    return rest.empty();
}

// The raw values of what a subscriber may say in the query: of each the first.
// data() == nullptr: not there.
struct Arguments {
    std::string_view wait;
    std::string_view stations;
    std::string_view since;
    // The last one that is not empty: clients append theirs to what the page
    // asked for.
    std::string_view last_id;
};

void keep_first(std::string_view value, std::string_view* kept)
{
    if (kept->data() == nullptr) {
        *kept = value;
    }
}

Arguments read_arguments(std::string_view args)
{
    Arguments found;
    while (!args.empty()) {
        std::string_view pair = args.substr(0, args.find('&'));
        args.remove_prefix(std::min(pair.size() + 1, args.size()));
        std::string_view name = pair.substr(0, pair.find('='));
        pair.remove_prefix(std::min(name.size() + 1, pair.size()));
        if (name == "wait") {
            keep_first(pair, &found.wait);
        } else if (name == "stations") {
            keep_first(pair, &found.stations);
        } else if (name == "since") {
            keep_first(pair, &found.since);
        } else if (!pair.empty() && names_last_id(name)) {
            found.last_id = pair;
        }
    }
    return found;
}

void read_since(const Request& request, const Arguments& arguments, Ask* ask)
{
    std::string_view last = trim(request.last_event_id);
    std::string_view last_argument = arguments.last_id;
    std::string_view since = arguments.since;
    std::string_view tags = trim(request.if_none_match);
    bool gets = ask->transport == slot::Transport::kGet;
    bool polls = gets || ask->transport == slot::Transport::kLongPoll;
    // Caches keep the answer to a GET for others, and do not know that it would
    // depend on this header.
    if (!last.empty() && !gets) {
        set_since(encoder::read_event_id(last), ask);
    } else if (!last_argument.empty()) {
        read_since_argument(last_argument, ask);
    } else if (!since.empty()) {
        read_since_argument(since, ask);
    } else if (polls && !tags.empty()) {
        read_if_none_match(tags, ask);
    }
}

Refusal choose_transport(const Request& request, const Arguments& arguments,
                         Ask* ask)
{
    if (wants_websocket(request)) {
        ask->transport = slot::Transport::kWebSocket;
        Refusal refusal = check_handshake(request);
        if (refusal.status == 0 && !is_well_formed(request.extensions)) {
            return {400, "Sec-WebSocket-Extensions is malformed",
                    Fault::kBadUpgrade};
        }
        return refusal;
    }
    if (!request.accept.empty() && wants_events(request.accept)) {
        ask->transport = slot::Transport::kSse;
        return {};
    }
    if (arguments.wait.data() == nullptr) {
        ask->transport = slot::Transport::kGet;
        return {};
    }
    ask->transport = slot::Transport::kLongPoll;
    char buffer[kMaxArgument];
    Result<std::string_view> text = percent_decode(arguments.wait, buffer);
    Result<uint32_t> wait = text.ok() ? read_wait(*text) : text.fault();
    if (!wait.ok()) {
        return {400, "wait must be a number of seconds", Fault::kBadRequest};
    }
    ask->wait_ms = *wait;
    return {};
}

}  // namespace

Refusal classify(const Request& request, const Offer& offer, Ask* ask)
{
    *ask = Ask();
    if (request.method == "OPTIONS") {
        return {204, "preflight", Fault::kBadRequest};
    }
    ask->head = request.method == "HEAD";
    if (request.method != "GET" && !ask->head) {
        return {405, "only GET, HEAD and OPTIONS", Fault::kBadRequest};
    }
    Arguments arguments = read_arguments(request.args);
    Refusal refusal = choose_transport(request, arguments, ask);
    if (refusal.status != 0) {
        return refusal;
    }
    ask->stations = arguments.stations;
    read_since(request, arguments, ask);
    if (ask->transport == slot::Transport::kWebSocket) {
        ask->protocol = choose_protocol(request.protocol, offer.protocols);
        ask->deflate = negotiate(request.extensions, offer);
    }
    return {};
}

}  // namespace onair::subscriber
