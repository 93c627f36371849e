#include "ngx_module/engine/engines.h"

#include <new>

#include "ngx_module/engine/engine.h"
#include "ngx_module/room/hall.h"

namespace onair::ngx {

namespace {

Engine** g_engines;
size_t g_count;

void look_outward(ZoneConf* zone)
{
    for (size_t i = 0; i < g_count; i++) {
        if (g_engines[i]->zone() == zone) {
            g_engines[i]->look();
        }
    }
}

}  // namespace

ngx_int_t start_engines(ngx_cycle_t* cycle)
{
    const MainConf* main = main_conf(cycle);
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    g_count = 0;
    if (main->engine == nullptr) {
        return NGX_OK;
    }
    g_engines = static_cast<Engine**>(
        ngx_pcalloc(cycle->pool, main->zones.nelts * sizeof(Engine*)));
    if (g_engines == nullptr) {
        return NGX_ERROR;
    }
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        if (zones[i]->share == 0) {
            continue;
        }
        void* at = ngx_pcalloc(cycle->pool, sizeof(Engine));
        if (at == nullptr) {
            return NGX_ERROR;
        }
        // SAFETY: fresh pool memory; destroyed by stop_engines().
        g_engines[g_count++] = new (at) Engine(zones[i], main->engine);
    }
    for (size_t i = 0; i < g_count; i++) {
        g_engines[i]->start();
    }
    look_outward_by(g_count > 0 ? look_outward : nullptr);
    return NGX_OK;
}

void look_at_engines()
{
    for (size_t i = 0; i < g_count; i++) {
        g_engines[i]->look_at_stations();
    }
}

void leave_engines()
{
    for (size_t i = 0; i < g_count; i++) {
        g_engines[i]->leave();
    }
}

void stop_engines()
{
    look_outward_by(nullptr);
    for (size_t i = 0; i < g_count; i++) {
        g_engines[i]->leave();
        g_engines[i]->~Engine();
    }
    g_count = 0;
}

}  // namespace onair::ngx
