#include "ngx_module/room/handler.h"

#include "encoder/number.h"
#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/room/identity.h"
#include "ngx_module/room/obey.h"
#include "ngx_module/room/page.h"
#include "ngx_module/room/poll.h"
#include "ngx_module/room/say.h"
#include "ngx_module/room/socket.h"
#include "ngx_module/room/streams.h"
#include "ngx_module/subscriber/admission.h"
#include "ngx_module/subscriber/drain.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

using subscriber::Ask;
using subscriber::Request;

constexpr Allowed kTalkers = {
    "GET, HEAD, POST, OPTIONS", "only GET, HEAD, POST and OPTIONS",
    "Authorization, Content-Type, If-None-Match, Last-Event-ID, "
    "Cache-Control"};

// Before a handshake or a stream begins.
ngx_int_t refuse_entry(ngx_http_request_t* r, const room::Verdict& verdict)
{
    ngx_uint_t status = status_of(verdict.refusal);
    bool again = status == NGX_HTTP_SERVICE_UNAVAILABLE || verdict.wait_ms > 0;
    char seconds[24];
    Writer out(seconds);
    encoder::write_unsigned(
        out, verdict.wait_ms > 0 ? (verdict.wait_ms + 999) / 1000 : 30);
    if (again && !add_header(r, "Retry-After", out.view())) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    count(slot::Total::kRefusedRequest);
    bool bad_name = verdict.refusal == room::Refusal::kUnknownRoom;
    return answer_text(r, status,
                       bad_name ? "no room can have this name"
                                : room::describe(verdict.refusal));
}

// All that is known of a client that wants to enter.
struct Start {
    ngx_http_request_t* r;
    const LocConf* conf;
    Request request;
    Ask ask;
    Identity identity;
    Entering entering;
    uint64_t hash = 0;  // of the client's address
};

// NGX_OK and no head sent: it is in, or will enter by its own word.
template <typename Made>
ngx_int_t let_in(const Start& start, Made* made)
{
    made->hold_cap(start.conf->zone, start.hash);
    if (!made->identify(start.identity)) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    if (start.entering.room.empty()) {
        return NGX_OK;
    }
    Joined joined = join(made, start.entering);
    if (joined.membership == nullptr) {
        return refuse_entry(start.r, joined.verdict);
    }
    if (!joined.first) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    made->first = joined.first;
    made->first_messages = 1;
    return NGX_OK;
}

ngx_int_t no_memory(const Start& start)
{
    leave_cap(start.conf->zone, start.hash);
    return NGX_HTTP_SERVICE_UNAVAILABLE;
}

ngx_int_t start_socket(const Start& start)
{
    auto* made = make_listed<RoomSocket>(start.conf, start.ask.deflate);
    if (made == nullptr) {
        return no_memory(start);
    }
    ngx_int_t rc = let_in(start, made);
    if (rc != NGX_OK || start.r->header_sent) {
        free_listed(static_cast<Stream*>(made));
        return rc;
    }
    return upgrade(start.r, start.request, start.ask, made);
}

ngx_int_t start_stream(const Start& start)
{
    ngx_http_request_t* r = start.r;
    if (!can_detach(r)) {
        auto* made =
            make_movable<RoomRequest>(r, start.conf, r, Encoding::kEvent);
        if (made == nullptr) {
            return no_memory(start);
        }
        ngx_int_t rc = let_in(start, made);
        return rc != NGX_OK || r->header_sent
                   ? rc
                   : start_sse(r, event_head(Encoding::kEvent), made);
    }
    Encoding encoding = has_chunks(r) ? Encoding::kChunk : Encoding::kEvent;
    auto* made = make_listed<RoomStream>(start.conf, encoding);
    if (made == nullptr) {
        return no_memory(start);
    }
    ngx_int_t rc = let_in(start, made);
    if (rc != NGX_OK || r->header_sent) {
        free_listed(static_cast<Stream*>(made));
        return rc;
    }
    return start_sse(r, event_head(encoding), made);
}

ngx_int_t start_poll(const Start& start)
{
    ngx_http_request_t* r = start.r;
    auto* made = make<RoomPoll>(r->pool, start.conf, r);
    if (made == nullptr) {
        return no_memory(start);
    }
    ngx_int_t rc = let_in(start, made);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    // While nginx reads a body it does not see its client go.
    bool waits = !made->has_news && !r->discard_body;
    return made->start(waits, start.ask.wait_ms);
}

ngx_int_t start_transport(const Start& start)
{
    switch (start.ask.transport) {
        case slot::Transport::kWebSocket:
            return start_socket(start);
        case slot::Transport::kLongPoll:
            return start_poll(start);
        default:
            return start_stream(start);
    }
}

ngx_int_t start_member(Start* start)
{
    ngx_http_request_t* r = start->r;
    ngx_int_t rc = read_identity(r, start->conf, &start->identity);
    if (rc != NGX_OK) {
        return rc;
    }
    start->entering = entering_of(r, start->ask, start->entering.room);
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    rc = enter(r, start->conf, start->conf->zone, &start->hash);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    rc = start_transport(*start);
    drain_newcomer();
    return rc;
}

}  // namespace

ngx_int_t on_room(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    Start start;
    start.r = r;
    start.conf = loc_conf(r);
    ngx_int_t rc;
    if (r->method == NGX_HTTP_POST && r == r->main) {
        rc = admit_origin(r, start.conf, &start.request);
        return rc != NGX_OK || r->header_sent ? rc : say_by_post(r);
    }
    subscriber::Offer offer;
    offer.deflate = start.conf->deflate != 0;
    offer.least_server_bits = 15;  // the deflater is shared
    rc = admit(r, start.conf, kTalkers, offer, &start.request, &start.ask);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    if (!room_name(r, start.conf, &start.entering.room)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    slot::Transport transport = start.ask.transport;
    if (start.ask.head && transport == slot::Transport::kSse) {
        return answer_event_head(r, event_head(Encoding::kEvent).type);
    }
    bool by_socket = transport == slot::Transport::kWebSocket && can_detach(r);
    if (start.entering.room.empty() && !by_socket) {
        return answer_text(r, NGX_HTTP_NOT_FOUND, "no room is named");
    }
    bool stays = by_socket || (transport != slot::Transport::kGet &&
                               transport != slot::Transport::kWebSocket);
    if (!stays || r != r->main || start.ask.head) {
        return answer_room(r, start.conf, start.entering.room);
    }
    return start_member(&start);
}

}  // namespace onair::ngx
