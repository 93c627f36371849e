#include "ngx_module/azuracast/pages.h"

#include <charconv>

#include "azuracast/answer.h"
#include "encoder/now_playing.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/fanout/watch.h"
#include "ngx_module/subscriber/subscriber_http.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using azuracast::Page;
using azuracast::Route;

namespace {

constexpr std::string_view kJson = "application/json";

// A whole answer of little text, kept by the request.
template <typename Write>
ngx_int_t answer_written(ngx_http_request_t* r, ngx_uint_t status, Write write)
{
    auto* room =
        static_cast<char*>(ngx_pnalloc(r->pool, azuracast::kMostOfAnswer));
    if (room == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Writer out({room, azuracast::kMostOfAnswer});
    write(out);
    return answer(r, status, kJson, out.view());
}

ngx_int_t not_found(ngx_http_request_t* r)
{
    count(slot::Total::kRefusedRequest);
    if (!add_header(r, "Cache-Control", "no-store")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer_written(r, NGX_HTTP_NOT_FOUND, [](Writer& out) {
        azuracast::write_error(out, NGX_HTTP_NOT_FOUND, "Record not found");
    });
}

// Reads one station; the state views the worker's scratch memory.
bool read_state(const slot::Zone& zone, size_t index, Arena& arena,
                slot::State* out)
{
    Result<slot::State> state = zone.slot(index).read(scratch().record, arena);
    if (!state.ok()) {
        return false;
    }
    *out = *state;
    return true;
}

// The numbers of a zone's stations, as they were last looked at: one is made of
// a whole record, and asked for by name with each request.
class Numbers {
  public:
    // The slot whose station has this number; Zone::stations() for none.
    size_t find(const slot::Zone& zone, uint32_t number)
    {
        size_t stations = zone.stations();
        if (!has_room_for(stations)) {
            return stations;
        }
        for (size_t i = 0; i < stations; i++) {
            uint64_t seq = zone.slot(i).seq();
            if (known_[i].number == 0 || known_[i].seq != seq) {
                Arena arena(scratch().arena);
                slot::State state;
                if (!read_state(zone, i, arena, &state)) {
                    continue;
                }
                known_[i] = {seq, encoder::station_number(state)};
            }
            if (known_[i].number == number) {
                return i;
            }
        }
        return stations;
    }

  private:
    struct Known {
        uint64_t seq = 0;
        uint32_t number = 0;
    };

    bool has_room_for(size_t stations)
    {
        if (stations <= room_) {
            return true;
        }
        void* at = ngx_calloc(2 * stations * sizeof(Known), ngx_cycle->log);
        if (at == nullptr) {
            return false;
        }
        ngx_free(known_);
        known_ = static_cast<Known*>(at);
        room_ = 2 * stations;
        return true;
    }

    Known* known_ = nullptr;
    size_t room_ = 0;
};

Numbers* numbers_of(const ZoneConf* zone)
{
    constexpr size_t kZones = 64;
    static Numbers numbers[kZones];
    return zone->index < kZones ? &numbers[zone->index] : nullptr;
}

// A name goes before a number, as a station may be called by one.
bool find_station(const ZoneConf* zone, std::string_view asked, size_t* out)
{
    Result<size_t> index = zone->shared->find(asked);
    if (index.ok()) {
        *out = *index;
        return true;
    }
    uint32_t number = 0;
    const char* end = asked.data() + asked.size();
    auto [at, error] = std::from_chars(asked.data(), end, number);
    Numbers* numbers = numbers_of(zone);
    if (error != std::errc() || at != end || numbers == nullptr) {
        return false;
    }
    *out = numbers->find(*zone->shared, number);
    return *out < zone->shared->stations();
}

encoder::Form form_of(Page page)
{
    return page == Page::kFile   ? encoder::Form::kNowPlayingFile
           : page == Page::kText ? encoder::Form::kLine
                                 : encoder::Form::kNowPlaying;
}

ngx_int_t answer_stations(ngx_http_request_t* r, const Route& route,
                          std::string_view* name)
{
    const LocConf* conf = loc_conf(r);
    Wanted wanted;
    wanted.view.zone = conf->zone;
    wanted.view.delay_ms = static_cast<uint32_t>(conf->delay);
    wanted.view.delay_burst = conf->delay_auto ? conf->delay_burst : 0;
    wanted.view.form = form_of(route.page);
    wanted.names = name;
    wanted.count = name != nullptr ? 1 : 0;
    wanted.all = name == nullptr;
    subscriber::Request request;
    read_request(r, &request);
    subscriber::Ask ask;
    subscriber::Refusal refusal =
        subscriber::classify(request, subscriber::Offer(), &ask);
    // Whatever it would have as an answer of ours: here it gets the document.
    bool tagged = refusal.status == 0 && ask.transport == slot::Transport::kGet;
    ask = tagged ? ask : subscriber::Ask();
    return answer_get(r, wanted, ask);
}

ngx_int_t answer_art(ngx_http_request_t* r, const slot::State& state)
{
    const Track* now = state.now();
    if (now == nullptr || now->art.empty()) {
        return not_found(r);
    }
    r->headers_out.location = add_header(r, "Location", now->art);
    if (r->headers_out.location == nullptr ||
        !add_header(r, "Cache-Control", "max-age=1")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, NGX_HTTP_MOVED_TEMPORARILY, {}, {});
}

ngx_int_t answer_station(ngx_http_request_t* r, const Route& route)
{
    const ZoneConf* zone = loc_conf(r)->zone;
    size_t index = 0;
    if (!find_station(zone, route.station, &index)) {
        return not_found(r);
    }
    if (route.page != Page::kArt) {
        std::string_view name = zone->shared->slot(index).name();
        return answer_stations(r, route, &name);
    }
    Arena arena(scratch().arena);
    slot::State state;
    return read_state(*zone->shared, index, arena, &state)
               ? answer_art(r, state)
               : NGX_HTTP_SERVICE_UNAVAILABLE;
}

ngx_int_t answer_time(ngx_http_request_t* r)
{
    if (!add_header(r, "Cache-Control", "max-age=1")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer_written(r, NGX_HTTP_OK, [](Writer& out) {
        azuracast::write_time(out, now().unix_ms);
    });
}

}  // namespace

ngx_int_t answer_page(ngx_http_request_t* r, const Route& route)
{
    look_at_zone(loc_conf(r)->zone);
    switch (route.page) {
        case Page::kAll:
            return answer_stations(r, route, nullptr);
        case Page::kOne:
        case Page::kFile:
        case Page::kText:
        case Page::kArt:
            return answer_station(r, route);
        case Page::kTime:
            return answer_time(r);
        case Page::kNone:
        case Page::kWebSocket:
        case Page::kSse:
        case Page::kHttpStream:
            break;
    }
    return not_found(r);
}

}  // namespace onair::ngx
