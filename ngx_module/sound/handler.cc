#include "ngx_module/sound/handler.h"

#include "ngx_module/base/freelist.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/sound/audio.h"
#include "ngx_module/sound/awaiting.h"
#include "ngx_module/sound/head.h"
#include "ngx_module/subscriber/admission.h"
#include "ngx_module/subscriber/held_request.h"
#include "ngx_module/zone/caps.h"
#include "ngx_module/zone/rings.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

bool is_one_of(std::string_view text, std::string_view a, std::string_view b)
{
    return text == a || text == b;
}

// Origin and method; NGX_OK when it may go on.
ngx_int_t admit(ngx_http_request_t* r, const LocConf* conf)
{
    subscriber::Request request;
    read_request(r, &request);
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
    if (request.method == "OPTIONS") {
        return answer_sound_preflight(r);
    }
    if (!is_one_of(request.method, "GET", "HEAD")) {
        count(slot::Total::kRefusedRequest);
        if (!add_header(r, "Allow", "GET, HEAD, OPTIONS")) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
        return answer_text(r, NGX_HTTP_NOT_ALLOWED,
                           "only GET, HEAD and OPTIONS are answered here");
    }
    return NGX_OK;
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

sound::Listen read_listen(ngx_http_request_t* r, sound::Kind kind)
{
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
        static uint8_t pages[sound::kMostChunk * 4];
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

}  // namespace

ngx_int_t start_listening(ngx_http_request_t* r, Relay* relay)
{
    const LocConf* conf = loc_conf(r);
    char room[sound::kMostInfo];
    Result<sound::Info> info = relay->ring().info(room);
    sound::Kind kind = info ? info->kind : sound::Kind::kMp3;
    sound::Listen listen = read_listen(r, kind);
    uint64_t hash = 0;
    ngx_int_t rc = enter(r, conf, conf->zone, &hash);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    Hearing hearing;
    hearing.relay = relay;
    hearing.listening =
        listen.audio ? sound::Listening::kAudio : sound::Listening::kPlayer;
    hearing.laps = ngx_max(conf->listen_quantum / 250, 1u);
    hearing.metaint =
        listen.icy ? static_cast<uint32_t>(conf->listen_metaint) : 0;
    hearing.begin = {conf->listen_burst * 1000, listen.at_position,
                     listen.position,
                     listen.audio || kind == sound::Kind::kWebm};
    // A browser is to know an end that nobody meant from one that was.
    bool chunks = listen.audio && has_chunks(r) && can_detach(r);
    hearing.wrap = chunks ? Wrap::kChunk : Wrap::kNone;
    relay->ring().figure(sound::Figure::kListens).fetch_add(1);
    SoundHead head{info ? *info : sound::Info{}, hearing.metaint, listen};
    if (can_detach(r)) {
        auto* audio = make_listed<Audio>(conf, hearing);
        if (audio == nullptr) {
            leave_cap(conf->zone, hash);
            return NGX_HTTP_SERVICE_UNAVAILABLE;
        }
        audio->hold_cap(conf->zone, hash);
        return start_audio(r, head, chunks, audio);
    }
    auto* audio = make<AudioRequest>(r->pool, conf, r, hearing);
    if (audio == nullptr) {
        leave_cap(conf->zone, hash);
        return NGX_HTTP_SERVICE_UNAVAILABLE;
    }
    audio->hold_cap(conf->zone, hash);
    return start_audio(r, head, audio);
}

ngx_int_t on_listen(ngx_http_request_t* r) noexcept
{
    if (is_post_action(r)) {
        return NGX_OK;
    }
    const LocConf* conf = loc_conf(r);
    ngx_int_t rc = admit(r, conf);
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
    char room[sound::kMostInfo];
    Result<sound::Info> info = relay->ring().info(room);
    if (r->method == NGX_HTTP_HEAD) {
        return answer_sound_head(
            r, {info ? *info : sound::Info{}, 0, sound::Listen{}});
    }
    bool known = info && (relay->is_live() || relay->ring().beaten() != 0);
    if (!known) {
        // What it is the source will say.
        return await_source(r, relay);
    }
    if (read_listen(r, info->kind).redirect) {
        return redirect(r, relay, conf);
    }
    return start_listening(r, relay);
}

}  // namespace onair::ngx
