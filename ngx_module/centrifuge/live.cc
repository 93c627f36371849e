#include "ngx_module/centrifuge/live.h"

#include "ngx_module/base/body.h"
#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/centrifuge/dialogue.h"
#include "ngx_module/centrifuge/page.h"
#include "ngx_module/centrifuge/push_stream.h"
#include "ngx_module/centrifuge/socket.h"
#include "ngx_module/centrifuge/words.h"
#include "ngx_module/subscriber/admission.h"
#include "ngx_module/subscriber/detach.h"
#include "ngx_module/subscriber/drain.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/worker.h"
#include "source/form.h"

namespace onair::ngx {

using centrifuge::Dialect;

namespace {

constexpr std::string_view kProtocols[] = {"centrifuge-json"};

// What is asked for, as text: the argument cf_connect, or the body.
struct Asked {
    std::string_view text;
    bool given = false;
};

bool find_argument(ngx_http_request_t* r, Asked* out)
{
    size_t size = r->args.len + 64;
    auto* memory = static_cast<uint8_t*>(ngx_pnalloc(r->pool, size));
    if (memory == nullptr) {
        return false;
    }
    Arena arena({memory, size});
    source::FormReader form(view(r->args), arena);
    while (!out->given && form.next()) {
        out->given = form.name() == "cf_connect";
        out->text = out->given ? form.value() : std::string_view();
    }
    return true;
}

ngx_int_t bad_request(ngx_http_request_t* r)
{
    count(slot::Total::kRefusedRequest);
    return answer_text(r, NGX_HTTP_BAD_REQUEST, "cf_connect is no request");
}

// A refusal that is no HTTP error: a browser's EventSource never comes again
// after one.
ngx_int_t answer_refused(ngx_http_request_t* r, std::string_view type,
                         Dialect dialect, Encoding encoding,
                         const centrifuge::Closing& closing)
{
    count(slot::Total::kRefusedRequest);
    bool events = encoding == Encoding::kEvent || encoding == Encoding::kChunk;
    Encoding bare = events ? Encoding::kEvent : Encoding::kLine;
    FramePtr last = centrifuge_goodbye(dialect, bare, closing);
    if (!last || !add_header(r, "Cache-Control", "no-store")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = ngx_http_discard_request_body(r);
    return rc != NGX_OK ? rc : answer_frame(r, NGX_HTTP_OK, type, last);
}

std::string_view type_of(Carrier carrier)
{
    return carrier == Carrier::kSse ? "text/event-stream; charset=utf-8"
                                    : "application/x-ndjson; charset=utf-8";
}

Encoding encoding_of(ngx_http_request_t* r, Carrier carrier)
{
    bool chunks = can_detach(r) && has_chunks(r);
    if (carrier == Carrier::kSse) {
        return chunks ? Encoding::kChunk : Encoding::kEvent;
    }
    return chunks ? Encoding::kLineChunk : Encoding::kLine;
}

// The connect reply as lines. A closing of code 0: done.
template <typename Base>
centrifuge::Closing begin(Answering<Base>* made, std::string_view text,
                          Text* lines)
{
    made->first_messages = 1;
    return made->begin(text, lines);
}

template <typename Base>
centrifuge::Closing begin(Pushing<Base>* made, std::string_view text,
                          Text* lines)
{
    Arena arena(request_memory());
    auto wishes = centrifuge::read_wishes(text, arena);
    if (!wishes.ok()) {
        return wishes.fault() == Fault::kTooMany ? centrifuge::kChannelLimit
                                                 : centrifuge::kBadRequestEnd;
    }
    return begin_unidirectional(made, *wishes, lines)
               ? centrifuge::Closing()
               : centrifuge::kInternalEnd;
}

template <typename Base>
bool introduce(Answering<Base>* made, const Introduction& introduction)
{
    return made->introduce(introduction);
}

template <typename Base>
bool introduce(Pushing<Base>*, const Introduction&)
{
    return true;
}

// Puts the connect reply into `first`.
template <typename Made>
centrifuge::Closing prepare(Made* made, std::string_view text,
                            const Introduction& introduction)
{
    Text lines;
    centrifuge::Closing closing = introduce(made, introduction)
                                      ? begin(made, text, &lines)
                                      : centrifuge::kInternalEnd;
    if (closing.code != 0) {
        return closing;
    }
    made->first = wrap_lines(lines.view(), made->dialect(), made->encoding());
    return made->first ? closing : centrifuge::kInternalEnd;
}

struct Start {
    ngx_http_request_t* r;
    Carrier carrier;
    Dialect dialect;
    std::string_view text;
    uint64_t hash;  // of the client's address
    const Introduction* introduction;

    ngx_int_t refused(const centrifuge::Closing& closing) const
    {
        return answer_refused(r, type_of(carrier), dialect,
                              encoding_of(r, carrier), closing);
    }
};

ngx_int_t no_memory(const Start& start)
{
    leave_cap(loc_conf(start.r)->zone, start.hash);
    return NGX_HTTP_SERVICE_UNAVAILABLE;
}

template <typename Made>
ngx_int_t start_detached(const Start& start, Made* made)
{
    if (made == nullptr) {
        return no_memory(start);
    }
    made->hold_cap(loc_conf(start.r)->zone, start.hash);
    centrifuge::Closing closing =
        prepare(made, start.text, *start.introduction);
    if (closing.code != 0) {
        free_listed(static_cast<Stream*>(made));
        return start.refused(closing);
    }
    return start_sse(start.r, {type_of(start.carrier), {}}, made);
}

template <typename Made>
ngx_int_t start_kept(const Start& start, Made* made)
{
    if (made == nullptr) {
        return no_memory(start);
    }
    made->hold_cap(loc_conf(start.r)->zone, start.hash);
    centrifuge::Closing closing =
        prepare(made, start.text, *start.introduction);
    return closing.code != 0
               ? start.refused(closing)
               : start_sse(start.r, {type_of(start.carrier), {}}, made);
}

ngx_int_t start_made(const Start& start)
{
    ngx_http_request_t* r = start.r;
    const LocConf* conf = loc_conf(r);
    Encoding encoding = encoding_of(r, start.carrier);
    if (can_detach(r)) {
        return start.dialect == Dialect::kBi
                   ? start_detached(start,
                                    make_listed<BiStream>(conf, encoding))
                   : start_detached(start, make_listed<UniStream>(
                                               start.dialect, conf, encoding));
    }
    return start.dialect == Dialect::kBi
               ? start_kept(start,
                            make_movable<BiRequest>(r, conf, r, encoding))
               : start_kept(start, make_movable<UniRequest>(r, start.dialect,
                                                            conf, r, encoding));
}

ngx_int_t start_stream(ngx_http_request_t* r, Carrier carrier, Dialect dialect,
                       std::string_view text)
{
    if (text.size() > centrifuge::kMaxRequest) {
        return bad_request(r);
    }
    uint64_t hash = 0;
    const LocConf* conf = loc_conf(r);
    Introduction introduction;
    ngx_int_t rc = introduce(r, conf, &introduction);
    if (rc != NGX_OK) {
        return rc;
    }
    rc = enter(r, conf, conf->zone, &hash);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    rc = start_made({r, carrier, dialect, text, hash, &introduction});
    drain_newcomer();
    return rc;
}

// What a body is read for; lives in the request's pool.
struct Reading {
    Reading(Carrier by, Dialect in) noexcept : carrier(by), dialect(in) {}
    Carrier carrier;
    Dialect dialect;
};

void on_body(ngx_http_request_t* r) noexcept
{
    auto* reading = static_cast<Reading*>(
        ngx_http_get_module_ctx(r, ngx_http_onair_module));
    Carrier carrier = reading->carrier;
    Dialect dialect = reading->dialect;
    ngx_http_set_ctx(r, nullptr, ngx_http_onair_module);
    Bytes body;
    ngx_int_t rc = whole_body(r, centrifuge::kMaxRequest, &body);
    if (rc == NGX_DECLINED) {
        rc = answer_text(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                         "the request is too large");
    } else if (rc == NGX_OK) {
        rc = start_stream(r, carrier, dialect, text_of(body));
    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_http_finalize_request(r, rc);
}

ngx_int_t read_and_start(ngx_http_request_t* r, Carrier carrier,
                         Dialect dialect)
{
    auto* reading = make<Reading>(r->pool, carrier, dialect);
    if (reading == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_http_set_ctx(r, reading, ngx_http_onair_module);
    ngx_int_t rc = ngx_http_read_client_request_body(r, on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

ngx_int_t start_socket(ngx_http_request_t* r,
                       const subscriber::Request& request, Dialect dialect)
{
    const LocConf* conf = loc_conf(r);
    subscriber::Offer offer;
    offer.deflate = conf->deflate != 0;
    offer.least_server_bits = 15;  // the deflater is shared
    offer.protocols = kProtocols;
    subscriber::Ask ask;
    subscriber::Refusal refusal = subscriber::classify(request, offer, &ask);
    if (refusal.status == 0 &&
        (ask.transport != slot::Transport::kWebSocket || !can_detach(r))) {
        refusal = {NGX_HTTP_BAD_REQUEST, "this address is a WebSocket's",
                   Fault::kBadUpgrade};
    }
    if (refusal.status != 0) {
        return refuse(r, refusal);
    }
    Asked asked;
    Arena arena(request_memory());
    if (!find_argument(r, &asked)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    auto wishes = centrifuge::read_wishes(asked.text, arena);
    bool begins = asked.given && dialect == Dialect::kUni;
    if (begins && !wishes.ok()) {
        return bad_request(r);
    }
    ngx_int_t rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    Introduction introduction;
    rc = introduce(r, conf, &introduction);
    if (rc != NGX_OK) {
        return rc;
    }
    uint64_t hash = 0;
    rc = enter(r, conf, conf->zone, &hash);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    auto* made = make_listed<CentrifugeSocket>(conf, ask.deflate, dialect);
    if (made == nullptr) {
        leave_cap(conf->zone, hash);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    made->hold_cap(conf->zone, hash);
    if (!made->introduce(introduction) || (begins && !made->begin(*wishes))) {
        free_listed(made);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    rc = upgrade(r, request, ask, made);
    drain_newcomer();
    return rc;
}

}  // namespace

ngx_int_t start_live(ngx_http_request_t* r, Carrier carrier, Dialect dialect)
{
    if (r != r->main) {
        return NGX_HTTP_BAD_REQUEST;
    }
    ngx_int_t rc = admit_page(r, carrier == Carrier::kWebSocket
                                     ? "GET, OPTIONS"
                                     : "GET, HEAD, POST, OPTIONS");
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    if (carrier == Carrier::kWebSocket) {
        subscriber::Request request;
        read_request(r, &request);
        return start_socket(r, request, dialect);
    }
    if (r->method == NGX_HTTP_HEAD) {
        return answer_event_head(r, type_of(carrier));
    }
    if (r->method == NGX_HTTP_POST) {
        return read_and_start(r, carrier, dialect);
    }
    Asked asked;
    rc = find_argument(r, &asked) ? ngx_http_discard_request_body(r)
                                  : NGX_HTTP_INTERNAL_SERVER_ERROR;
    if (rc != NGX_OK) {
        return rc;
    }
    // Only what cannot be read is an error of HTTP here.
    Arena arena(request_memory());
    if (dialect == Dialect::kUni && asked.text.size() <= arena.left()) {
        auto wishes = centrifuge::read_wishes(asked.text, arena);
        if (!wishes.ok() && wishes.fault() != Fault::kTooMany) {
            return bad_request(r);
        }
    }
    return start_stream(r, carrier, dialect, asked.text);
}

}  // namespace onair::ngx
