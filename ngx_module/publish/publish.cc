#include "ngx_module/publish/publish.h"

#include <optional>

#include "centrifuge/api.h"
#include "ngx_module/base/body.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/poller/poller.h"
#include "ngx_module/publish/access.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"
#include "source/publication.h"

namespace onair::ngx {

namespace {

// As Icecast's admin/metadata answers, which is what encoders look for.
constexpr std::string_view kUpdated =
    "<?xml version=\"1.0\"?>\n"
    "<iceresponse><message>Metadata update successful</message>"
    "<return>1</return></iceresponse>\n";

constexpr DoorWay kWay = {
    subscriber::Door::kPublish,
    NGX_HTTP_GET | NGX_HTTP_POST | NGX_HTTP_PUT,
    "GET, POST, PUT",
    "publish with GET, POST or PUT",
    "publication",
};

ngx_int_t refuse(ngx_http_request_t* r, ngx_uint_t status, std::string_view why)
{
    return refuse_pusher(r, kWay, status, why);
}

// What cannot be read. An encoder is told as Icecast would tell it.
ngx_int_t refuse_unread(ngx_http_request_t* r, ConstBytes body,
                        std::string_view why, Arena& arena)
{
    if (!source::is_updinfo(view(r->args), arena) &&
        !source::is_updinfo(text_of(body), arena)) {
        return refuse(r, NGX_HTTP_BAD_REQUEST, why);
    }
    say_refused(r, kWay, why);
    constexpr size_t kLongest = 512;
    std::string_view xml = arena.make_text(kLongest, [why](Writer& out) {
        out.put("<?xml version=\"1.0\"?>\n<iceresponse><message>");
        out.put(why);
        out.put("</message><return>0</return></iceresponse>\n");
    });
    return xml.data() != nullptr
               ? answer(r, NGX_HTTP_BAD_REQUEST, "text/xml", xml)
               : answer_text(r, NGX_HTTP_BAD_REQUEST, why);
}

void say_odd(ngx_http_request_t* r, std::string_view odd)
{
    if (!odd.empty()) {
        ngx_str_t words = str(odd);
        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "onair: publication: %V, it is left out", &words);
    }
}

ngx_int_t station_of(ngx_http_request_t* r, const PublishConf* conf,
                     const source::Publication& publication,
                     std::string_view* out)
{
    if (conf->station != nullptr) {
        ngx_str_t value;
        if (ngx_http_complex_value(r, conf->station, &value) != NGX_OK) {
            return NGX_ERROR;
        }
        *out = view(value);
    } else if (!publication.report.station.empty()) {
        *out = publication.report.station;
    } else {
        *out = rest_of_uri(r, conf->core);
    }
    if (out->empty()) {
        *out = publication.own_name;
    }
    return out->empty() ? NGX_DECLINED : NGX_OK;
}

slot::Source source_of(const PublishConf* conf)
{
    slot::Source source;
    source.key = conf->key;
    // Before a poll of the same number, see Harvest::source().
    source.priority = static_cast<uint8_t>(2 * conf->priority);
    // What is pushed lasts until it expires; without a time for that, for as
    // long as a month, which is to say until the next push.
    ngx_msec_t lasts = conf->expires > 0 ? conf->expires : 30ul * 86400000;
    source.stale_ms = static_cast<uint32_t>(lasts);
    source.offline_ms = static_cast<uint32_t>(lasts);
    source.hold_ms = static_cast<uint32_t>(conf->hold);
    source.listeners_ms = 1000;
    source.partial = true;
    source.pushed = true;
    return source;
}

// A push that names only some of the state keeps the rest as it was.
void complete(const source::Publication& publication, const slot::Slot& slot,
              Arena& arena, Report* report)
{
    if (!publication.has_track && !publication.has_on_air) {
        report->only_counts = true;
        return;
    }
    if (!publication.has_track) {
        Result<slot::State> kept = slot.read(scratch().record, arena);
        if (kept.ok() && kept->now() != nullptr) {
            report->now = *kept->now();
        }
    }
    if (!publication.has_on_air) {
        report->on_air = true;
    }
}

Outcome put(const PublishConf* conf, const source::Publication& publication,
            std::string_view station)
{
    ZoneConf* zone = conf->zone;
    Result<size_t> index = zone->shared->find_or_add(station, author());
    if (!index.ok()) {
        return index.fault();
    }
    slot::Slot slot = zone->shared->slot(*index);
    Arena arena(scratch().arena);
    Report report = publication.report;
    report.station = station;
    complete(publication, slot, arena, &report);

    slot::Source source = source_of(conf);
    uint32_t subscribers = audience_of(zone, *index);
    bool crosses = (zone->share & kSharePublications) != 0;
    Result<slot::Told> told =
        crosses ? slot.report_push(report, source, subscribers, now(), author(),
                                   scratch().write)
                : slot.report(report, source, subscribers, now(), author(),
                              scratch().write);
    if (!told.ok()) {
        return told.fault();
    }
    count(slot::Total::kPublished);
    if (*told == slot::Told::kChange) {
        tell_everybody();
    }
    return Done{};
}

// In the words of Centrifugo's API: the status is 200 also of an error.
template <typename Write>
ngx_int_t answer_call(ngx_http_request_t* r, Write write)
{
    constexpr size_t kMost = 256;
    auto* room = static_cast<char*>(ngx_pnalloc(r->pool, kMost));
    if (room == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Writer out({room, kMost});
    write(out);
    if (!add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, NGX_HTTP_OK, "application/json", out.view());
}

ngx_int_t answer_refused_call(ngx_http_request_t* r,
                              const centrifuge::Error& error)
{
    say_refused(r, kWay, error.message);
    return answer_call(
        r, [&](Writer& out) { centrifuge::write_refused(out, error); });
}

// The offset that subscribers of the station have by now.
ngx_int_t answer_done_call(ngx_http_request_t* r, std::string_view station)
{
    const slot::Zone* zone = loc_conf(r)->publish->zone->shared;
    Result<size_t> index = zone->find(station);
    uint64_t offset = index.ok() ? zone->slot(*index).seq() : 0;
    return answer_call(r, [&](Writer& out) {
        centrifuge::write_published(out, zone->epoch(), offset);
    });
}

ngx_int_t answer_published(ngx_http_request_t* r,
                           const source::Publication& publication,
                           std::string_view station)
{
    if (publication.is_call) {
        return answer_done_call(r, station);
    }
    // Or a cache in front would answer the next one.
    if (!add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (publication.updinfo) {
        return answer(r, NGX_HTTP_OK, "text/xml", kUpdated);
    }
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_clear_content_length(r);
    return ngx_http_send_header(r);
}

// One publication on its way into its slot. Another worker that writes there
// just now is waited for: a publisher may have nothing to say for minutes.
class Push {
  public:
    Push(ngx_http_request_t* r, const source::Publication& publication,
         std::string_view station) noexcept
        : r_(r),
          publication_(publication),
          station_(station),
          since_(ticks()),
          again_(on_again, this)
    {}

    // NGX_BUSY: it goes on, and ends the request then.
    ngx_int_t go()
    {
        Outcome done = put(loc_conf(r_)->publish, publication_, station_);
        if (done.ok()) {
            return answer_published(r_, publication_, station_);
        }
        if (done.fault() == Fault::kBusy && ticks() - since_ < kPatienceMs) {
            again_.start(kAgainMs, true);
            return NGX_BUSY;
        }
        return refuse(r_,
                      done.fault() == Fault::kBadName
                          ? NGX_HTTP_BAD_REQUEST
                          : NGX_HTTP_SERVICE_UNAVAILABLE,
                      describe(done.fault()));
    }

  private:
    static constexpr ngx_msec_t kAgainMs = 2;
    static constexpr ngx_msec_t kPatienceMs = 500;

    static void on_again(void* self) noexcept
    {
        auto* push = static_cast<Push*>(self);
        ngx_http_request_t* r = push->r_;
        ngx_connection_t* c = r->connection;
        ngx_int_t rc = push->go();
        if (rc != NGX_BUSY) {
            ngx_http_finalize_request(r, rc);
            ngx_http_run_posted_requests(c);
        }
    }

    ngx_http_request_t* r_;
    source::Publication publication_;
    std::string_view station_;
    Ticks since_;
    LoopEvent again_;
};

ngx_int_t push(ngx_http_request_t* r, const source::Publication& publication)
{
    std::string_view station;
    ngx_int_t rc = station_of(r, loc_conf(r)->publish, publication, &station);
    if (rc == NGX_DECLINED) {
        return refuse(r, NGX_HTTP_BAD_REQUEST, "no station is named");
    }
    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    auto* made = make<Push>(r->pool, r, publication, station);
    return made != nullptr ? made->go() : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

ngx_int_t publish_call(ngx_http_request_t* r, std::string_view method,
                       ConstBytes body, const source::Options& options,
                       Arena& arena)
{
    Result<centrifuge::Call> call =
        centrifuge::read_call(method, body, options, now().unix_ms, arena);
    if (!call.ok()) {
        return refuse(r, NGX_HTTP_BAD_REQUEST, describe(call.fault()));
    }
    if (call->error.code != 0) {
        return answer_refused_call(r, call->error);
    }
    source::Publication publication = source::publication_of(call->report);
    publication.is_call = true;
    return push(r, publication);
}

source::Options options_of(const PublishConf* conf)
{
    source::Options options;
    options.repair = conf->repair;
    options.max_stations = 1;
    options.originals =
        main_conf(const_cast<ngx_cycle_t*>(ngx_cycle))->originals != 0;
    return options;
}

ngx_int_t publish(ngx_http_request_t* r)
{
    const PublishConf* conf = loc_conf(r)->publish;
    Bytes body;
    ngx_int_t rc = whole_body(r, conf->max_body, &body);
    if (rc == NGX_DECLINED) {
        return refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                      "the publication is too large, see max_body");
    }
    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    std::string_view type = r->headers_in.content_type != nullptr
                                ? view(r->headers_in.content_type->value)
                                : std::string_view();
    source::Options options = options_of(conf);
    size_t size = ngx_max(source::publication_memory(type, view(r->args), body),
                          source::memory_for(body.size(), options));
    auto* memory = static_cast<uint8_t*>(ngx_palloc(r->pool, size));
    if (memory == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Arena arena({memory, size});
    std::string_view method = centrifuge::method_in(view(r->uri));
    if (centrifuge::is_call(method, body, arena)) {
        return publish_call(r, method, body, options, arena);
    }
    std::optional<source::Publication> hook =
        source::read_web_hook(body, options, now().unix_ms, arena);
    if (hook) {
        return push(r, *hook);
    }
    std::string_view why;
    Result<source::Publication> publication = source::read_publication(
        type, view(r->args), body, conf->repair, now().unix_ms, arena, &why);
    if (!publication.ok()) {
        std::string_view words =
            why.empty() ? describe(publication.fault()) : why;
        return refuse_unread(r, body, words, arena);
    }
    say_odd(r, publication->odd);
    if (publication->poll) {
        conf->zone->shared->hurries().fetch_add(1, std::memory_order_relaxed);
        tell_everybody();
        look_at_polls();
        return answer_published(r, *publication, {});
    }
    return push(r, *publication);
}

void on_body(ngx_http_request_t* r) noexcept
{
    ngx_int_t rc = publish(r);
    if (rc != NGX_BUSY) {
        ngx_http_finalize_request(r, rc);
    }
}

}  // namespace

ngx_int_t on_publish(ngx_http_request_t* r) noexcept
{
    const PublishConf* conf = loc_conf(r)->publish;
    ngx_int_t rc = admit_pusher(r, &conf->access, kWay);
    if (rc != NGX_DECLINED) {
        return rc;
    }
    if (r->headers_in.content_length_n > static_cast<off_t>(conf->max_body)) {
        return refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                      "the publication is too large, see max_body");
    }
    r->request_body_in_single_buf = 1;
    rc = ngx_http_read_client_request_body(r, on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace onair::ngx
