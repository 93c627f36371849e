#include "ngx_module/subscriber/handler.h"

#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/subscriber/admission.h"
#include "ngx_module/subscriber/drain.h"
#include "ngx_module/subscriber/echo.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/station_socket.h"
#include "ngx_module/subscriber/subscriber_http.h"
#include "ngx_module/subscriber/subscriber_sse.h"
#include "ngx_module/subscriber/wanted.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using subscriber::Ask;
using subscriber::Request;

namespace {

template <typename T>
bool prepare(T* made, const Wanted& wanted, const Ask& ask, ZoneConf* zone,
             uint64_t hash)
{
    made->hold_cap(zone, hash);
    return wanted.subscribe(made) && prepare_greeting(made, ask);
}

template <typename T>
ngx_int_t no_memory(T* made)
{
    free_listed(made);
    return NGX_HTTP_SERVICE_UNAVAILABLE;
}

// The same where there is nobody yet to give the place back.
ngx_int_t no_memory(ZoneConf* zone, uint64_t hash)
{
    leave_cap(zone, hash);
    return NGX_HTTP_SERVICE_UNAVAILABLE;
}

ngx_int_t start(ngx_http_request_t* r, const LocConf* conf,
                const Request& request, const Ask& ask, const Wanted* wanted,
                uint64_t hash)
{
    ZoneConf* zone = conf->zone;
    if (ask.transport == slot::Transport::kWebSocket) {
        auto* socket =
            make_listed<StationSocket>(conf, ask.deflate, wanted->view);
        if (socket == nullptr || !prepare(socket, *wanted, ask, zone, hash)) {
            return socket == nullptr ? no_memory(zone, hash)
                                     : no_memory(socket);
        }
        return upgrade(r, request, ask, socket);
    }
    if (ask.transport == slot::Transport::kLongPoll) {
        auto* poll = make<LongPoll>(r->pool, conf, r, wanted, ask.since);
        if (poll == nullptr) {
            return no_memory(zone, hash);
        }
        poll->hold_cap(zone, hash);
        return start_long_poll(r, wanted, ask, poll);
    }
    if (can_detach(r)) {
        Encoding encoding = has_chunks(r) ? Encoding::kChunk : Encoding::kEvent;
        auto* stream = make_listed<SseStream>(conf, encoding);
        if (stream == nullptr || !prepare(stream, *wanted, ask, zone, hash)) {
            return stream == nullptr ? no_memory(zone, hash)
                                     : no_memory(stream);
        }
        return start_sse(r, event_head(encoding), stream);
    }
    auto* stream = make_movable<SseRequest>(r, conf, r, Encoding::kEvent);
    if (stream == nullptr) {
        return no_memory(zone, hash);
    }
    if (!prepare(stream, *wanted, ask, zone, hash)) {
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    return start_sse(r, event_head(Encoding::kEvent), stream);
}

}  // namespace

ngx_int_t on_subscribe(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    const LocConf* conf = loc_conf(r);
    subscriber::Offer offer;
    offer.deflate = conf->deflate != 0;
    offer.least_server_bits = 15;  // the deflater is shared
    auto protocols = encoder::protocols_from(conf->form);
    offer.protocols = protocols;
    Request request;
    Ask ask;
    ngx_int_t rc = admit(r, conf, kReaders, offer, &request, &ask);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }

    auto* wanted = make<Wanted>(r->pool);
    if (wanted == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    rc = read_wanted(r, ask, wanted);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }

    if (ask.head && ask.transport == slot::Transport::kSse) {
        return answer_event_head(r, event_head(Encoding::kEvent).type);
    }
    // A subrequest (SSI) and HEAD are answered at once, whatever was asked.
    bool plain =
        ask.transport == slot::Transport::kGet || r != r->main || ask.head ||
        (ask.transport == slot::Transport::kLongPoll && is_newer(*wanted, ask));
    if (plain) {
        return answer_get(r, *wanted, ask);
    }
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    if (r->discard_body && ask.transport == slot::Transport::kLongPoll) {
        // While nginx reads a body it does not see its client go.
        return answer_get(r, *wanted, ask);
    }
    uint64_t hash = 0;
    rc = enter(r, conf, conf->zone, &hash);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    rc = start(r, conf, request, ask, wanted, hash);
    drain_newcomer();
    return rc;
}

ngx_int_t on_echo(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    const LocConf* conf = loc_conf(r);
    subscriber::Offer offer;
    offer.deflate = conf->deflate != 0;
    offer.context_takeover = true;
    Request request;
    Ask ask;
    ngx_int_t rc = admit(r, conf, kReaders, offer, &request, &ask);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    if (ask.transport != slot::Transport::kWebSocket || !can_detach(r)) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_BAD_REQUEST,
                           "this location echoes WebSocket messages");
    }
    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    auto* echo = make_listed<Echo>(conf, ask.deflate);
    return echo == nullptr ? NGX_HTTP_SERVICE_UNAVAILABLE
                           : upgrade(r, request, ask, echo);
}

}  // namespace onair::ngx
