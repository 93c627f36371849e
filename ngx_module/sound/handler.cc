#include "ngx_module/sound/handler.h"

#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/sound/audio.h"
#include "ngx_module/sound/awaiting.h"
#include "ngx_module/sound/head.h"
#include "ngx_module/sound/page.h"
#include "ngx_module/subscriber/admission.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/rings.h"
#include "ngx_module/zone/worker.h"
#include "sound/found.h"

namespace onair::ngx {

namespace {

constexpr Allowed kListeners = {"GET, HEAD, OPTIONS",
                                "only GET, HEAD and OPTIONS",
                                "Icy-MetaData, Range, Cache-Control"};

// What is asked, and how it is to be answered.
struct Asked {
    subscriber::Request request;
    subscriber::Ask ask;

    bool by_socket() const
    {
        return ask.transport == slot::Transport::kWebSocket;
    }
    bool by_events() const { return ask.transport == slot::Transport::kSse; }
    bool by_page() const { return by_socket() || by_events(); }
};

// Origin, method and transport; NGX_OK when it may go on.
ngx_int_t admit(ngx_http_request_t* r, const LocConf* conf, Asked* asked)
{
    const subscriber::Request& request = asked->request;
    read_request(r, &asked->request);
    subscriber::OriginRule rule = rule_of(conf->origin);
    if (!subscriber::origin_allowed(rule, request.origin, request.host,
                                    request.secure)) {
        count(slot::Total::kRefusedOrigin);
        return answer_text(r, NGX_HTTP_FORBIDDEN,
                           "this origin is not allowed, see onair_origin");
    }
    if (!add_sound_cors(r, request.origin, rule.any)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    subscriber::Refusal refusal =
        subscriber::classify(request, subscriber::Offer(), &asked->ask);
    if (refusal.status == NGX_HTTP_NO_CONTENT) {
        return answer_preflight(r, kListeners);
    }
    if (refusal.status == NGX_HTTP_NOT_ALLOWED) {
        refusal.reason = kListeners.only;
    }
    return refusal.status != 0 ? refuse(r, refusal, kListeners) : NGX_OK;
}

// The sound that is asked for; nullptr: there is none of this name.
const PullConf* pull_of(ngx_http_request_t* r, const LocConf* conf)
{
    const MainConf* main = static_cast<MainConf*>(
        ngx_http_get_module_main_conf(r, ngx_http_onair_module));
    ngx_str_t value = str(rest_of_uri(r, conf->core));
    if (conf->station != nullptr &&
        ngx_http_complex_value(r, conf->station, &value) != NGX_OK) {
        return nullptr;
    }
    return find_pull(main, conf->zone, view(value));
}

sound::Listen read_listen(ngx_http_request_t* r, const Asked& asked,
                          sound::Kind kind)
{
    if (asked.by_page()) {
        return sound::listen_as_page(asked.by_events()
                                         ? asked.request.last_event_id
                                         : std::string_view(),
                                     view(r->args));
    }
    bool frames = kind == sound::Kind::kMp3 || kind == sound::Kind::kAac;
    return sound::listen_as(
        request_header(r, "icy-metadata"), view(r->headers_in.range),
        request_header(r, "sec-fetch-dest"), view(r->args), frames);
}

// To the same with the place of its first byte: a browser repeats this URL when
// its connection breaks.
ngx_int_t redirect(ngx_http_request_t* r, const Relay* relay,
                   const LocConf* conf)
{
    sound::From from;
    from.position = relay->reader().end();
    if (auto chunk = relay->reader().start(conf->listen_burst * 1000);
        chunk && relay->is_live()) {
        from.position = chunk->position;
        static uint8_t pages[sound::kMaxSoundHead];
        Result<ConstBytes> head = relay->ring().head(chunk->head, pages);
        from.head = head ? head->size() : 0;
    }
    char text[64];
    Writer place(text);
    sound::write_from(place, from);
    // As it was asked for, so that what fronts put before the path stays.
    std::string_view path = view(r->unparsed_uri);
    path = path.substr(path.rfind('/') + 1 == 0 ? 0 : path.rfind('/') + 1);
    std::string_view name = path.substr(0, path.find('?'));
    std::string_view args = view(r->args);
    size_t size = name.size() + args.size() + place.size() + 4;
    auto* at = static_cast<char*>(ngx_pnalloc(r->pool, size));
    if (at == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Writer out({at, size});
    out.put(name);
    out.put('?');
    out.put(args);
    out.put(args.empty() ? "" : "&");
    out.put(place.view());
    return answer_redirect(r, out.view());
}

// How many quanta of a relay are between two turns of a listener.
ngx_uint_t laps_of(const LocConf* conf)
{
    return ngx_max(conf->listen_quantum / 250, 1u);
}

Hearing hearing_of(const LocConf* conf, Relay* relay, const sound::Info& info,
                   const sound::Listen& listen)
{
    Hearing hearing;
    hearing.relay = relay;
    hearing.listening =
        listen.audio ? sound::Listening::kAudio : sound::Listening::kPlayer;
    hearing.laps = laps_of(conf);
    hearing.metaint =
        listen.icy ? static_cast<uint32_t>(conf->listen_metaint) : 0;
    hearing.begin = {conf->listen_burst * 1000, listen.at_position,
                     listen.position,
                     listen.audio || info.kind == sound::Kind::kWebm};
    hearing.begin.fresh = listen.audio && !listen.partial;
    if (!listen.at_position && !relay->is_live()) {
        // Not what was before a pause: the first start behind it.
        hearing.begin.at_position = true;
        hearing.begin.position = relay->reader().end();
        hearing.begin.fresh = true;
    }
    return hearing;
}

// `made` has taken the place over; where there is none it is given back.
template <typename T>
bool has_place(T* made, const LocConf* conf, uint64_t hash)
{
    if (made == nullptr) {
        leave_cap(conf->zone, hash);
        return false;
    }
    made->hold_cap(conf->zone, hash);
    return true;
}

ngx_int_t start_socket(ngx_http_request_t* r, const Asked& asked,
                       Hearing hearing, uint64_t hash)
{
    const LocConf* conf = loc_conf(r);
    hearing.listening = sound::Listening::kWebSocket;
    hearing.wrap = Wrap::kFrame;
    auto* socket = make_listed<SoundSocket>(conf, hearing);
    return has_place(socket, conf, hash)
               ? upgrade(r, asked.request, asked.ask, socket)
               : NGX_HTTP_SERVICE_UNAVAILABLE;
}

ngx_int_t start_events(ngx_http_request_t* r, Hearing hearing, uint64_t hash)
{
    const LocConf* conf = loc_conf(r);
    bool chunks = has_chunks(r) && can_detach(r);
    Encoding encoding = chunks ? Encoding::kChunk : Encoding::kEvent;
    hearing.listening = sound::Listening::kSse;
    hearing.wrap = chunks ? Wrap::kEventChunk : Wrap::kEvent;
    StreamHead head = {event_head(encoding).type, events_hello(hearing.wrap)};
    if (can_detach(r)) {
        auto* stream = make_listed<SoundStream>(hearing, conf, encoding);
        return has_place(stream, conf, hash) ? start_sse(r, head, stream)
                                             : NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    auto* stream = make<SoundRequest>(r->pool, hearing, conf, r, encoding);
    return has_place(stream, conf, hash) ? start_sse(r, head, stream)
                                         : NGX_HTTP_SERVICE_UNAVAILABLE;
}

ngx_int_t start_bare(ngx_http_request_t* r, const SoundHead& head,
                     Hearing hearing, uint64_t hash)
{
    const LocConf* conf = loc_conf(r);
    // A browser is to know an end that nobody meant from one that was.
    bool chunks = head.listen.audio && has_chunks(r) && can_detach(r);
    hearing.wrap = chunks ? Wrap::kChunk : Wrap::kNone;
    if (can_detach(r)) {
        auto* audio = make_listed<Audio>(conf, hearing);
        return has_place(audio, conf, hash)
                   ? start_audio(r, head, chunks, audio)
                   : NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    auto* audio = make<AudioRequest>(r->pool, conf, r, hearing);
    return has_place(audio, conf, hash) ? start_audio(r, head, audio)
                                        : NGX_HTTP_SERVICE_UNAVAILABLE;
}

ngx_int_t start(ngx_http_request_t* r, const Asked& asked, Relay* relay)
{
    const LocConf* conf = loc_conf(r);
    char room[sound::kMostInfo];
    Result<sound::Info> known = relay->ring().info(room);
    sound::Info info = known ? *known : sound::Info{};
    sound::Listen listen = read_listen(r, asked, info.kind);
    uint64_t hash = 0;
    ngx_int_t rc = enter(r, conf, conf->zone, &hash);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    relay->ring().figure(sound::Figure::kListens).fetch_add(1);
    Hearing hearing = hearing_of(conf, relay, info, listen);
    if (asked.by_socket()) {
        return start_socket(r, asked, hearing, hash);
    }
    return asked.by_events()
               ? start_events(r, hearing, hash)
               : start_bare(r, {info, hearing.metaint, listen}, hearing, hash);
}

ngx_int_t answer_head(ngx_http_request_t* r, const Asked& asked,
                      const Relay* relay)
{
    if (asked.by_events()) {
        return answer_event_head(r, event_head(Encoding::kEvent).type);
    }
    char room[sound::kMostInfo];
    Result<sound::Info> info = relay->ring().info(room);
    return answer_sound_head(
        r, {info ? *info : sound::Info{}, 0, sound::Listen{}});
}

}  // namespace

ngx_int_t start_listening(ngx_http_request_t* r, Relay* relay)
{
    Asked asked;
    read_request(r, &asked.request);
    subscriber::classify(asked.request, subscriber::Offer(), &asked.ask);
    return start(r, asked, relay);
}

ngx_int_t on_listen(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    const LocConf* conf = loc_conf(r);
    Asked asked;
    ngx_int_t rc = admit(r, conf, &asked);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    if (r != r->main) {
        return NGX_HTTP_NOT_FOUND;  // no page has it inside
    }
    const PullConf* pull = pull_of(r, conf);
    if (pull == nullptr) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_NOT_FOUND, "no such sound");
    }
    Relay* relay = Relay::of(pull);
    rc = ngx_http_discard_request_body(r);
    if (relay == nullptr || rc != NGX_OK) {
        return relay == nullptr ? NGX_HTTP_SERVICE_UNAVAILABLE : rc;
    }
    if (r->method == NGX_HTTP_HEAD) {
        return answer_head(r, asked, relay);
    }
    char room[sound::kMostInfo];
    Result<sound::Info> info = relay->ring().info(room);
    bool known = info && (relay->is_live() || relay->ring().beaten() != 0);
    if (!known) {
        // What it is the source will say.
        return await_source(r, relay);
    }
    if (read_listen(r, asked, info->kind).redirect) {
        return redirect(r, relay, conf);
    }
    return start(r, asked, relay);
}

}  // namespace onair::ngx
