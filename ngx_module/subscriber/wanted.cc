#include "ngx_module/subscriber/wanted.h"
#include "encoder/event_id.h"

#include <algorithm>

#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/fanout/fanout.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// The most of one request; "more than 256 stations" says so.
constexpr size_t kMostStations = 256;

ngx_int_t add_name(ngx_http_request_t* r, Wanted* out, std::string_view name)
{
    if (!subscriber::check_name(name).ok()) {
        return NGX_DECLINED;
    }
    if (name == "*") {
        out->all = true;
        return NGX_OK;
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->names[i] == name) {
            return NGX_OK;
        }
    }
    if (out->count == kMostStations) {
        return NGX_DECLINED;
    }
    ngx_str_t kept = copy(r->pool, name);
    if (kept.data == nullptr) {
        return NGX_ERROR;
    }
    out->names[out->count++] = view(kept);
    return NGX_OK;
}

ngx_int_t read_list(ngx_http_request_t* r, std::string_view raw, Wanted* out)
{
    subscriber::StationList list(raw);
    char buffer[kMaxName];
    std::string_view name;
    for (;;) {
        Result<bool> more = list.next(buffer, &name);
        if (!more.ok()) {
            return NGX_DECLINED;
        }
        if (!*more) {
            return NGX_OK;
        }
        ngx_int_t rc = add_name(r, out, name);
        if (rc != NGX_OK) {
            return rc;
        }
    }
}

// The names of a list, as many as there are: a request may wait with them for
// long.
ngx_int_t read_several(ngx_http_request_t* r, std::string_view raw, Wanted* out)
{
    std::string_view names[kMostStations];
    out->several = true;
    out->names = names;
    ngx_int_t rc = read_list(r, raw, out);
    auto* kept = static_cast<std::string_view*>(
        ngx_palloc(r->pool, ngx_max(out->count, 1) * sizeof(std::string_view)));
    if (kept == nullptr) {
        return NGX_ERROR;
    }
    std::copy_n(out->names, out->count, kept);
    out->names = kept;
    return rc;
}

// What the location or the URI names, which lasts as long as the request.
ngx_int_t take_one(std::string_view name, Wanted* out)
{
    if (!subscriber::check_name(name).ok()) {
        return NGX_DECLINED;
    }
    out->all = name == "*";
    out->one = name;
    out->names = &out->one;
    out->count = out->all ? 0 : 1;
    return NGX_OK;
}

ngx_int_t read_names(ngx_http_request_t* r, const LocConf* conf,
                     const subscriber::Ask& ask, Wanted* out)
{
    if (conf->station != nullptr) {
        ngx_str_t value;
        if (ngx_http_complex_value(r, conf->station, &value) != NGX_OK) {
            return NGX_ERROR;
        }
        return take_one(view(value), out);
    }
    std::string_view rest = rest_of_uri(r, conf->core);
    if (!rest.empty()) {
        return take_one(rest, out);
    }
    if (ask.stations.data() == nullptr) {
        return NGX_DECLINED;
    }
    return read_several(r, ask.stations, out);
}

bool all_known(const Wanted& wanted)
{
    for (size_t i = 0; i < wanted.count; i++) {
        if (!wanted.view.zone->shared->find(wanted.names[i]).ok()) {
            return false;
        }
    }
    return true;
}

template <typename Visit>
void each_topic(const Wanted& wanted, Subscriber* joined, Visit visit)
{
    if (joined != nullptr && !wanted.all) {
        joined->each_topic([&](Topic* topic) {
            fan_out_if_overdue(topic);
            visit(topic);
        });
        return;
    }
    TopicKey key = wanted.view;
    size_t count =
        wanted.all ? wanted.view.zone->shared->stations() : wanted.count;
    for (size_t i = 0; i < count; i++) {
        key.name = wanted.all ? wanted.view.zone->shared->slot(i).name()
                              : wanted.names[i];
        Topic* topic = find_topic(key);
        if (topic != nullptr) {
            visit(topic);
            drop_topic_if_unused(topic);
        }
    }
}

FramePtr joined(FramePtr* parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += parts[i]->size();
    }
    FramePtr all(size == 0 ? nullptr : Frame::make(size));
    if (!all) {
        return all;
    }
    uint8_t* at = all->data();
    for (size_t i = 0; i < count; i++) {
        ngx_memcpy(at, parts[i]->data(), parts[i]->size());
        at += parts[i]->size();
    }
    return all;
}

}  // namespace

bool Wanted::subscribe(Subscriber* subscriber) const
{
    TopicKey key = view;
    if (all) {
        AllStations* stations = find_all(key);
        return stations != nullptr && subscriber->subscribe_all(stations);
    }
    for (size_t i = 0; i < count; i++) {
        key.name = names[i];
        Topic* topic = find_topic(key);
        if (topic == nullptr) {
            return false;
        }
        if (!subscriber->subscribe(topic)) {
            drop_topic_if_unused(topic);
            return false;
        }
    }
    return true;
}

ngx_int_t read_wanted(ngx_http_request_t* r, const subscriber::Ask& ask,
                      Wanted* out)
{
    const LocConf* conf = loc_conf(r);
    look_at_zone(conf->zone);
    out->view.zone = conf->zone;
    Result<encoder::Form> chosen = encoder::form_of_protocol(ask.protocol);
    out->view.form = chosen.ok() ? *chosen : conf->form;
    out->view.delay_ms = static_cast<uint32_t>(conf->delay);
    out->view.delay_burst = conf->delay_auto ? conf->delay_burst : 0;
    ngx_int_t rc = read_names(r, conf, ask, out);
    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (rc == NGX_DECLINED || (out->count == 0 && !out->all)) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_BAD_REQUEST,
                           out->count == kMostStations
                               ? "more than 256 stations"
                               : "no station, or a name that none can have");
    }
    if (conf->strict && !all_known(*out)) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_NOT_FOUND, "no such station");
    }
    return NGX_OK;
}

namespace {

// The client says that it was here before, be it in words of no use.
bool comes_back(const subscriber::Ask& ask)
{
    return ask.has_since || ask.bad_since;
}

template <typename Visit>
void each_greeted(Subscriber* subscriber, Greet greet, Visit visit)
{
    if (greet == Greet::kAll) {
        subscriber->each_topic(visit);
    } else {
        subscriber->each_new_topic(visit);
    }
}

}  // namespace

bool prepare_greeting(Subscriber* subscriber, const subscriber::Ask& ask,
                      Greet greet)
{
    size_t stations = 0;
    each_greeted(subscriber, greet, [&](Topic*) { stations++; });
    subscriber->first.reset();
    subscriber->first_messages = 0;
    if (stations == 0) {
        subscriber->mark_sent(greet == Greet::kNew);
        return true;
    }
    auto* parts = static_cast<FramePtr*>(
        ngx_calloc(stations * sizeof(FramePtr), ngx_cycle->log));
    if (parts == nullptr) {
        return false;
    }

    Encoding as = subscriber->encoding();
    size_t count_of_parts = 0;
    bool gap = false;
    // An id speaks of one station: of several nobody knows what was missed.
    bool lost = ask.bad_since || stations != 1;
    each_greeted(subscriber, greet, [&](Topic* topic) {
        FramePtr& part = parts[count_of_parts];
        if (!comes_back(ask)) {
            part = topic->greeting(as);
            subscriber->first_messages++;
        } else {
            Topic::Missed missed = topic->since(ask.since, lost, as);
            part = missed.frame;
            gap = gap || missed.gap;
            subscriber->first_messages +=
                static_cast<uint32_t>(missed.messages);
        }
        count_of_parts += part ? 1 : 0;
    });
    if (comes_back(ask)) {
        count(gap ? slot::Total::kGaps : slot::Total::kResumed);
    }

    subscriber->first =
        count_of_parts == 1 ? parts[0] : joined(parts, count_of_parts);
    for (size_t i = 0; i < stations; i++) {
        parts[i].reset();
    }
    ngx_free(parts);
    subscriber->mark_sent(greet == Greet::kNew);
    return static_cast<bool>(subscriber->first);
}

encoder::EventId id_of(const Wanted& wanted, Subscriber* joined)
{
    encoder::EventId id{wanted.view.zone->shared->epoch(), 0};
    each_topic(wanted, joined, [&](Topic* topic) { id.seq += topic->seq(); });
    return id;
}

bool is_newer(const Wanted& wanted, const subscriber::Ask& ask)
{
    return !ask.has_since || ask.bad_since || !(id_of(wanted) == ask.since);
}

namespace {

// The document of several stations.
FramePtr array_of(const FramePtr* parts, size_t count, bool json)
{
    size_t size = 2;
    for (size_t i = 0; i < count; i++) {
        size += parts[i]->size() + 1;
    }
    FramePtr body(Frame::make(size));
    if (!body) {
        return {};
    }
    Writer out(body->chars());
    if (json) {
        out.put('[');
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            out.put(json ? ',' : '\n');
        }
        out.put(text_of(parts[i]->bytes()));
    }
    if (json) {
        out.put(']');
    }
    body->shrink(out.size());
    return body;
}

}  // namespace

Answer answer_of(ngx_http_request_t* r, const Wanted& wanted,
                 const subscriber::Ask& ask, Subscriber* joined)
{
    Answer answer;
    answer.id.epoch = wanted.view.zone->shared->epoch();
    size_t stations =
        wanted.all ? wanted.view.zone->shared->stations() : wanted.count;
    bool several = wanted.all || wanted.several;
    FramePtr only;
    FramePtr* parts = &only;
    size_t most = several ? stations : 1;
    if (several) {
        parts = static_cast<FramePtr*>(
            ngx_pcalloc(r->pool, ngx_max(stations, 1) * sizeof(FramePtr)));
    }
    if (parts == nullptr) {
        return answer;
    }
    // An id of several stations says only of which life of the zone it is.
    bool lost =
        several && (ask.bad_since ||
                    (ask.has_since && ask.since.epoch != answer.id.epoch));
    bool missed = several ? lost : comes_back(ask);
    size_t got = 0;
    each_topic(wanted, joined, [&](Topic* topic) {
        // First the id: one that is newer than the body would hide a change
        // from the client until the next.
        answer.id.seq += topic->seq();
        FramePtr part = missed ? topic
                                     ->since(ask.since, lost || ask.bad_since,
                                             Encoding::kBody)
                                     .frame
                               : topic->greeting(Encoding::kBody);
        if (part && got < most) {
            parts[got++] = part;
        }
    });
    bool json = encoder::traits_of(wanted.view.form).is_json;
    if (several) {
        answer.body = array_of(parts, got, json);
    } else if (got > 0) {
        answer.body = parts[0];
    }
    for (size_t i = 0; i < got; i++) {
        parts[i].reset();
    }
    return answer;
}

}  // namespace onair::ngx
