#include "ngx_module/status/health.h"

#include "ngx_module/base/frame.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "slot/health.h"

namespace onair::ngx {

namespace {

// The longest line but the name in it.
constexpr size_t kMostWords = 64;

void line(Writer& out, std::string_view before, std::string_view name,
          std::string_view after)
{
    out.put(before);
    out.put(name);
    out.put(after);
}

// After a reload the new workers serve while the old ones leave.
void say_leaving(Writer& out)
{
    if (worker_leaving() && !roster()->others_serve(worker_index(), is_gone)) {
        out.put("this nginx is shutting down\n");
    }
}

// False where a zone's memory is to be read by nobody.
bool say_zones(Writer& out, const MainConf* main)
{
    bool all = true;
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        if (!is_sound(zones[i])) {
            line(out, "zone \"", view(zones[i]->name),
                 "\" cannot be used: its memory is damaged\n");
            all = false;
        }
    }
    return all;
}

void say_stations(Writer& out, const HealthConf* health)
{
    for (ngx_uint_t i = 0; i < health->count; i++) {
        Arena arena(scratch().arena);
        std::string_view name = health->stations[i];
        switch (slot::air_of(*health->zone->shared, name, scratch().record,
                             arena)) {
            case slot::Air::kOn:
                break;
            case slot::Air::kOff:
                line(out, "station \"", name, "\" is off air\n");
                break;
            case slot::Air::kUnknown:
                line(out, "station \"", name,
                     "\" is off air: nothing was heard of it yet\n");
                break;
        }
    }
}

size_t most_bytes(const MainConf* main, const HealthConf* health)
{
    size_t most = 2 * kMostWords;
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        most += zones[i]->name.len + kMostWords;
    }
    for (ngx_uint_t i = 0; i < health->count; i++) {
        most += health->stations[i].size() + kMostWords;
    }
    return most;
}

}  // namespace

ngx_int_t on_health(ngx_http_request_t* r) noexcept
{
    // A check that is not told otherwise asks with OPTIONS (HAProxy).
    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD | NGX_HTTP_OPTIONS))) {
        return NGX_HTTP_NOT_ALLOWED;
    }
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    const MainConf* main = main_conf(const_cast<ngx_cycle_t*>(ngx_cycle));
    const HealthConf* health = loc_conf(r)->health;
    FramePtr body(Frame::make(most_bytes(main, health)));
    if (!body || !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Writer out(body->chars());
    say_leaving(out);
    if (say_zones(out, main)) {
        say_stations(out, health);
    }
    bool good = out.size() == 0;
    if (good) {
        out.put("this nginx can serve\n");
    }
    body->shrink(out.size());
    return answer_frame(r, good ? NGX_HTTP_OK : NGX_HTTP_SERVICE_UNAVAILABLE,
                        "text/plain; charset=utf-8", body);
}

}  // namespace onair::ngx
