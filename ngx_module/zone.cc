#include "zone.h"

#include <csignal>
#include <cerrno>
#include <new>

#include "pool.h"
#include "rc.h"
#include "str.h"

namespace onair::ngx {

namespace {

slot::Roster* g_roster;

Bytes memory_of(ngx_shm_zone_t* shm)
{
    // nginx formats the head of each zone as its slab pool; the module's part
    // begins behind it and never calls the slab allocator.
    constexpr size_t kHead = (sizeof(ngx_slab_pool_t) + 4095) / 4096 * 4096;
    return {shm->shm.addr + kHead, shm->shm.size - kHead};
}

ngx_int_t on_zone_mapped(ngx_shm_zone_t* shm, void* old) noexcept
{
    auto* conf = static_cast<ZoneConf*>(shm->data);
    Bytes memory = memory_of(shm);

    if (old != nullptr || shm->shm.exists) {
        Result<slot::Zone> kept = slot::Zone::open(memory, conf->options());
        if (kept.ok()) {
            *conf->zone = *kept;
            return NGX_OK;
        }
        ngx_log_error(NGX_LOG_WARN, shm->shm.log, 0,
                      "onair zone \"%V\" starts afresh: %s", &conf->name,
                      sentence(kept.fault()));
    }

    Result<slot::Zone> made = slot::Zone::create(
        memory, conf->options(), static_cast<uint32_t>(ngx_random()) ^
                                     static_cast<uint32_t>(ngx_time()));
    if (!made.ok()) {
        ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0,
                      "onair zone \"%V\" of %uz bytes: %s", &conf->name,
                      conf->size, sentence(made.fault()));
        return NGX_ERROR;
    }
    *conf->zone = *made;
    return NGX_OK;
}

ngx_int_t on_roster_mapped(ngx_shm_zone_t* shm, void* old) noexcept
{
    static slot::Roster roster_view;
    Bytes memory = memory_of(shm);
    Result<slot::Roster> roster = old != nullptr || shm->shm.exists
                                      ? slot::Roster::open(memory)
                                      : slot::Roster::create(memory);
    if (!roster.ok()) {
        roster = slot::Roster::create(memory);
    }
    if (!roster.ok()) {
        return NGX_ERROR;
    }
    roster_view = *roster;
    g_roster = &roster_view;
    return NGX_OK;
}

}  // namespace

ngx_int_t add_zone_memory(ngx_conf_t* cf, ZoneConf* zone)
{
    void* at = ngx_palloc(cf->pool, sizeof(slot::Zone));
    if (at == nullptr) {
        return NGX_ERROR;
    }
    // SAFETY: fresh pool memory; a Zone is a view without destructor.
    zone->zone = new (at) slot::Zone();
    zone->shm = ngx_shared_memory_add(cf, &zone->name, zone->size,
                                      &ngx_http_onair_module);
    if (zone->shm == nullptr) {
        return NGX_ERROR;
    }
    zone->shm->init = on_zone_mapped;
    zone->shm->data = zone;
    return NGX_OK;
}

ngx_int_t add_roster_memory(ngx_conf_t* cf, MainConf* main)
{
    ngx_str_t name = str("onair workers");
    size_t size = slot::Roster::size() + 2 * ngx_pagesize;
    size = ngx_align(size, ngx_pagesize);
    main->roster =
        ngx_shared_memory_add(cf, &name, size, &ngx_http_onair_module);
    if (main->roster == nullptr) {
        return NGX_ERROR;
    }
    main->roster->init = on_roster_mapped;
    main->roster->data = main;
    return NGX_OK;
}

slot::Roster* roster()
{
    return g_roster;
}

bool is_gone(uint32_t pid)
{
    return kill(static_cast<pid_t>(pid), 0) == -1 && errno == ESRCH;
}

slot::Author author()
{
    return {static_cast<uint32_t>(ngx_pid), is_gone};
}

slot::Now now()
{
    const ngx_time_t* time = ngx_timeofday();
    return {ngx_current_msec,
            static_cast<UnixMs>(time->sec) * 1000 +
                static_cast<UnixMs>(time->msec)};
}

}  // namespace onair::ngx
