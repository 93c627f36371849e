#include "ngx_module/status/variables.h"

#include <new>

#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/fanout/topic.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// What a request sees of its station: copied once, so that every evaluation
// within the request yields the same bytes.
struct Seen {
    ngx_str_t title{}, artist{}, text{}, album{}, status{}, listeners{},
        subscribers{};
    ngx_str_t station{};
    const ZoneConf* zone = nullptr;
};

ngx_str_t number(ngx_pool_t* pool, int64_t value)
{
    if (value < 0) {
        return {0, nullptr};
    }
    auto* at = static_cast<u_char*>(ngx_pnalloc(pool, NGX_INT64_LEN));
    if (at == nullptr) {
        return {0, nullptr};
    }
    return {static_cast<size_t>(ngx_sprintf(at, "%L", value) - at), at};
}

ngx_str_t kept(ngx_pool_t* pool, std::string_view text)
{
    return text.empty() ? ngx_str_t{0, nullptr} : copy(pool, text);
}

// Station and zone that this location speaks of; false when there is none.
bool station_of(ngx_http_request_t* r, std::string_view* name,
                const ZoneConf** zone)
{
    const LocConf* conf = loc_conf(r);
    bool subscribes = conf->purpose == Purpose::kSubscribe;
    ngx_http_complex_value_t* value =
        subscribes ? conf->station : conf->of_station;
    *zone = subscribes ? conf->zone : conf->of_zone;
    if (subscribes && value == nullptr) {
        *name = rest_of_uri(r, conf->core);
        return !name->empty();
    }
    ngx_str_t text;
    if (value == nullptr || ngx_http_complex_value(r, value, &text) != NGX_OK) {
        return false;
    }
    *name = view(text);
    return !name->empty();
}

void fill(ngx_pool_t* pool, const slot::State& state, Seen* seen)
{
    const Track* track = state.now();
    if (track != nullptr) {
        seen->title = kept(pool, track->title);
        seen->artist = kept(pool, track->artist);
        seen->text = kept(pool, track->text);
        seen->album = kept(pool, track->album);
    }
    seen->listeners = number(pool, state.at.listeners.current);
}

// Marks a cleanup that holds what was seen; there is nothing to clean.
void keep_seen(void*) noexcept {}

Seen* seen_before(const ngx_http_request_t* r, const ZoneConf* zone,
                  std::string_view name)
{
    for (ngx_pool_cleanup_t* c = r->pool->cleanup; c != nullptr; c = c->next) {
        if (c->handler != keep_seen) {
            continue;
        }
        auto* seen = static_cast<Seen*>(c->data);
        if (seen->zone == zone && view(seen->station) == name) {
            return seen;
        }
    }
    return nullptr;
}

Seen* see(ngx_http_request_t* r, const ZoneConf* zone, std::string_view name)
{
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, sizeof(Seen));
    if (cleanup == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh pool memory; a Seen needs no destructor.
    auto* seen = new (cleanup->data) Seen();
    seen->zone = zone;
    seen->station = copy(r->pool, name);
    seen->status = str(word(Status::kOffline));
    cleanup->handler = keep_seen;
    note_interest(zone);

    Result<size_t> index = zone->shared->find(name);
    if (!index.ok()) {
        return seen;
    }
    Arena arena(scratch().arena);
    Result<slot::State> state =
        zone->shared->slot(*index).read(scratch().record, arena);
    if (state.ok()) {
        seen->status = str(word(state->at.status));
        fill(r->pool, *state, seen);
    }
    seen->subscribers = number(r->pool, audience_of(zone, *index));
    return seen;
}

const Seen* look(ngx_http_request_t* r)
{
    std::string_view name;
    const ZoneConf* zone = nullptr;
    if (!worker_started() || !station_of(r, &name, &zone)) {
        return nullptr;
    }
    Seen* seen = seen_before(r, zone, name);
    return seen != nullptr ? seen : see(r, zone, name);
}

ngx_int_t set(ngx_http_variable_value_t* v, const ngx_str_t& text)
{
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = text.data == nullptr;
    v->len = static_cast<unsigned>(text.len);
    v->data = text.data;
    return NGX_OK;
}

ngx_int_t get_seen(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                   uintptr_t data) noexcept
{
    const Seen* seen = look(r);
    if (seen == nullptr) {
        v->not_found = 1;
        return NGX_OK;
    }
    // SAFETY: data is the offset of one of Seen's strings.
    auto* text = reinterpret_cast<const ngx_str_t*>(
        reinterpret_cast<const char*>(seen) + data);
    return set(v, *text);
}

ngx_int_t get_transport(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                        uintptr_t data) noexcept
{
    (void)data;
    if (loc_conf(r)->purpose != Purpose::kSubscribe) {
        v->not_found = 1;
        return NGX_OK;
    }
    std::string_view word = slot::word(slot::Transport::kGet);
    if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        word = slot::word(slot::Transport::kWebSocket);
    } else if (view(r->headers_out.content_type) == "text/event-stream") {
        word = slot::word(slot::Transport::kSse);
    } else if (ngx_str_t wait;
               ngx_http_arg(r, str("wait").data, 4, &wait) == NGX_OK) {
        word = slot::word(slot::Transport::kLongPoll);
    }
    return set(v, str(word));
}

ngx_http_variable_t variables[] = {
    {ngx_string("onair_title"), nullptr, get_seen, offsetof(Seen, title), 0, 0},
    {ngx_string("onair_artist"), nullptr, get_seen, offsetof(Seen, artist), 0,
     0},
    {ngx_string("onair_text"), nullptr, get_seen, offsetof(Seen, text), 0, 0},
    {ngx_string("onair_album"), nullptr, get_seen, offsetof(Seen, album), 0, 0},
    {ngx_string("onair_listeners"), nullptr, get_seen,
     offsetof(Seen, listeners), 0, 0},
    {ngx_string("onair_status"), nullptr, get_seen, offsetof(Seen, status), 0,
     0},
    {ngx_string("onair_subscribers"), nullptr, get_seen,
     offsetof(Seen, subscribers), 0, 0},
    {ngx_string("onair_transport"), nullptr, get_transport, 0,
     NGX_HTTP_VAR_NOCACHEABLE, 0},
    ngx_http_null_variable};

}  // namespace

ngx_int_t add_variables(ngx_conf_t* cf)
{
    for (ngx_http_variable_t* v = variables; v->name.len > 0; v++) {
        ngx_http_variable_t* added =
            ngx_http_add_variable(cf, &v->name, v->flags);
        if (added == nullptr) {
            return NGX_ERROR;
        }
        added->get_handler = v->get_handler;
        added->data = v->data;
    }
    return NGX_OK;
}

}  // namespace onair::ngx
