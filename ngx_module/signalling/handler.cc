#include "ngx_module/signalling/handler.h"

#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/text.h"
#include "ngx_module/centrifuge/page.h"
#include "ngx_module/signalling/peer_socket.h"
#include "ngx_module/signalling/polls.h"
#include "ngx_module/signalling/unity_socket.h"
#include "ngx_module/signalling/uuid.h"
#include "ngx_module/signalling/y_socket.h"
#include "ngx_module/subscriber/admission.h"
#include "ngx_module/subscriber/detach.h"
#include "ngx_module/subscriber/drain.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/subscriber/ice_servers.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/worker.h"
#include "subscriber/field.h"

namespace onair::ngx {

namespace {

// The handshake; `socket` is the one to be made.
struct Start {
    ngx_http_request_t* r;
    subscriber::Request request;
    subscriber::Ask ask;
    std::string_view protocol;
    uint64_t hash = 0;  // of the client's address
};

// NGX_OK and no head sent: a socket is to be made.
ngx_int_t admit_socket(Start* start)
{
    ngx_http_request_t* r = start->r;
    const LocConf* conf = loc_conf(r);
    ngx_int_t rc = admit_page(r, "GET, OPTIONS");
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    // Whatever the client speaks first: these protocols have no name of theirs.
    subscriber::Offer offer;
    std::string_view theirs = start->request.protocol;
    start->protocol = subscriber::trim(theirs.substr(0, theirs.find(',')));
    if (!start->protocol.empty()) {
        offer.protocols = {&start->protocol, 1};
    }
    subscriber::Refusal refusal =
        subscriber::classify(start->request, offer, &start->ask);
    if (refusal.status == 0 && !can_detach(r)) {
        refusal = {NGX_HTTP_BAD_REQUEST, "this address is a WebSocket's",
                   Fault::kBadUpgrade};
    }
    if (refusal.status != 0) {
        return refuse(r, refusal);
    }
    if (!can_have_parties()) {
        return answer_text(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                           "too many workers for signalling");
    }
    rc = ngx_http_discard_request_body(r);
    return rc != NGX_OK ? rc : enter(r, conf, conf->zone, &start->hash);
}

template <typename Socket>
ngx_int_t open_socket(const Start& start, Socket* made)
{
    ngx_http_request_t* r = start.r;
    ZoneConf* zone = loc_conf(r)->zone;
    if (made == nullptr) {
        leave_cap(zone, start.hash);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    made->hold_cap(zone, start.hash);
    return upgrade(r, start.request, start.ask, made);
}

template <typename Socket>
ngx_int_t start_socket(ngx_http_request_t* r,
                       const subscriber::Request& request)
{
    Start start = {r, request, {}, {}};
    ngx_int_t rc = admit_socket(&start);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    rc = open_socket(start, make_listed<Socket>(loc_conf(r)));
    drain_newcomer();
    return rc;
}

ngx_int_t answer_json(ngx_http_request_t* r, std::string_view text)
{
    ngx_str_t body = copy(r->pool, text);
    if (body.data == nullptr || !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, NGX_HTTP_OK, "application/json; charset=utf-8",
                  view(body));
}

ngx_int_t not_found(ngx_http_request_t* r, std::string_view what)
{
    count(slot::Total::kRefusedRequest);
    return answer_text(r, NGX_HTTP_NOT_FOUND, what);
}

// Text is empty where nothing is configured.
bool write_turn(ngx_http_request_t* r, const TurnConf* conf, Text* text)
{
    if (conf == nullptr) {
        return true;
    }
    ngx_str_t user = {0, nullptr};
    if (conf->user != nullptr &&
        ngx_http_complex_value(r, conf->user, &user) != NGX_OK) {
        return false;
    }
    add_ice_servers(conf, view(user), text);
    return text->good();
}

ngx_int_t answer_config(ngx_http_request_t* r)
{
    ngx_int_t rc = admit_page(r, "GET, HEAD, OPTIONS");
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    const LocConf* conf = loc_conf(r);
    Text servers;
    if (!write_turn(r, conf->turn, &servers)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    signalling::Config config;
    config.web_socket = conf->signalling->polls == 0;
    config.is_private = conf->signalling->is_private != 0;
    config.ice_servers = servers.view();
    Text text;
    text.add(servers.view().size() + 256,
             [&config](Writer& out) { signalling::write_config(out, config); });
    return text.good() ? answer_json(r, text.view())
                       : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// What follows the last "/signaling" that is a whole segment; false: none does.
bool find_signaling(std::string_view uri, std::string_view* rest)
{
    constexpr std::string_view kWord = "/signaling";
    size_t at = uri.rfind(kWord);
    if (at == std::string_view::npos) {
        return false;
    }
    *rest = uri.substr(at + kWord.size());
    return rest->empty() || rest->front() == '/';
}

// Who has nobody to answer, or is a part of another's page.
bool is_of_another(const ngx_http_request_t* r)
{
    return r != r->main;
}

}  // namespace

ngx_int_t on_signalling(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    if (is_of_another(r)) {
        return NGX_HTTP_BAD_REQUEST;
    }
    subscriber::Request request;
    read_request(r, &request);
    if (subscriber::wants_websocket(request)) {
        return start_socket<UnitySocket>(r, request);
    }
    std::string_view uri = view(r->uri);
    std::string_view rest;
    if (find_signaling(uri, &rest)) {
        return answer_signaling(r, rest);
    }
    return uri.ends_with("/config")
               ? answer_config(r)
               : not_found(r, "a WebSocket, /config or /signaling");
}

ngx_int_t on_yjs(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    if (is_of_another(r)) {
        return NGX_HTTP_BAD_REQUEST;
    }
    subscriber::Request request;
    read_request(r, &request);
    if (subscriber::wants_websocket(request)) {
        return start_socket<YSocket>(r, request);
    }
    ngx_int_t rc = admit_page(r, "GET, HEAD, OPTIONS");
    return rc != NGX_OK || r->header_sent ? rc
                                          : answer_text(r, NGX_HTTP_OK, "okay");
}

namespace {

ngx_int_t start_peer(ngx_http_request_t* r, const subscriber::Request& request)
{
    Start start = {r, request, {}, {}};
    ngx_int_t rc = admit_socket(&start);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    size_t size = r->args.len + 64;
    auto* memory = static_cast<uint8_t*>(ngx_pnalloc(r->pool, size));
    auto* made =
        memory == nullptr ? nullptr : make_listed<PeerSocket>(loc_conf(r));
    if (made != nullptr) {
        Arena arena({memory, size});
        signalling::PeerQuery query =
            signalling::read_peer_query(view(r->args), arena);
        made->begin(query, signalling::check_peer(
                               query, view(loc_conf(r)->signalling->key)));
    }
    rc = open_socket(start, made);
    drain_newcomer();
    return rc;
}

ngx_int_t answer_new_id(ngx_http_request_t* r)
{
    char text[kUuid];
    Writer out(text);
    if (!write_uuid(out, -1)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_str_t body = copy(r->pool, out.view());
    if (body.data == nullptr || !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, NGX_HTTP_OK, "text/plain; charset=utf-8", view(body));
}

ngx_int_t answer_about(ngx_http_request_t* r)
{
    char text[256];
    Writer out(text);
    signalling::write_about(out);
    return answer_json(r, out.view());
}

}  // namespace

ngx_int_t on_peerjs(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    if (is_of_another(r)) {
        return NGX_HTTP_BAD_REQUEST;
    }
    using signalling::PeerPath;
    PeerPath path =
        signalling::read_peer_path(rest_of_uri(r, loc_conf(r)->core));
    subscriber::Request request;
    read_request(r, &request);
    if (subscriber::wants_websocket(request)) {
        if (path == PeerPath::kSocket) {
            return start_peer(r, request);
        }
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_BAD_REQUEST,
                           "the WebSocket is at \"peerjs\" below this path");
    }
    ngx_int_t rc = admit_page(r, "GET, HEAD, OPTIONS");
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    switch (path) {
        case PeerPath::kAbout:
            return answer_about(r);
        case PeerPath::kNewId:
            return answer_new_id(r);
        case PeerPath::kPeers:
            return answer_text(r, NGX_HTTP_UNAUTHORIZED, "Unauthorized");
        default:
            return not_found(r, "peerjs, KEY/id or KEY/peers");
    }
}

}  // namespace onair::ngx
