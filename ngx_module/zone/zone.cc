#include "ngx_module/zone/zone.h"

#include <sys/random.h>

#include <new>

#include "ngx_module/base/pool.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/room_state.h"
#include "ngx_module/zone/state_file.h"

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

// The rooms of a zone before are not kept: their members come again.
ngx_int_t create_rooms(const ZoneConf* conf)
{
    if (conf->room_plan.size == 0) {
        return NGX_OK;
    }
    uint8_t secret[room::kSecretSize];
    if (getrandom(secret, sizeof(secret), 0) !=
        static_cast<ssize_t>(sizeof(secret))) {
        ngx_log_error(NGX_LOG_EMERG, conf->shm->shm.log, ngx_errno,
                      "onair: getrandom() failed");
        return NGX_ERROR;
    }
    *conf->talks = room::Rooms::create(conf->shared->beside(), conf->room_plan,
                                       conf->shared->epoch(), secret);
    // By which it is known to other machines.
    uint64_t machine = 0;
    if (getrandom(&machine, sizeof(machine), 0) !=
        static_cast<ssize_t>(sizeof(machine))) {
        return NGX_ERROR;
    }
    conf->talks->head().machine.store(machine, room::kRelease);
    return NGX_OK;
}

bool open_rooms(const ZoneConf* conf)
{
    if (conf->room_plan.size == 0) {
        return true;
    }
    Result<room::Rooms> kept =
        room::Rooms::open(conf->shared->beside(), conf->room_plan);
    if (kept.ok()) {
        *conf->talks = *kept;
    }
    return kept.ok();
}

ngx_int_t create_zone(ZoneConf* conf, Bytes memory)
{
    Result<slot::Zone> made =
        slot::Zone::create(memory, conf->options(),
                           static_cast<uint32_t>(ngx_random()) ^
                               static_cast<uint32_t>(ngx_time()));
    if (!made.ok()) {
        ngx_log_error(NGX_LOG_EMERG, conf->shm->shm.log, 0,
                      "onair zone \"%V\" of %uz bytes: %s", &conf->name,
                      conf->size, sentence(made.fault()));
        return NGX_ERROR;
    }
    *conf->shared = *made;
    return create_rooms(conf);
}

// The states of the zone that this one stands in for. Its workers still have
// it: what they are told from now on is not seen here.
ngx_int_t inherit(const ZoneConf* conf)
{
    const auto* old = static_cast<const ZoneConf*>(conf->replaces->data);
    ngx_log_t* log = conf->shm->shm.log;
    size_t size = conf->shared->inherit_scratch(*old->shared);
    void* scratch = ngx_alloc(size, log);
    if (scratch == nullptr) {
        return NGX_ERROR;
    }
    size_t taken = conf->shared->inherit(
        *old->shared, author(), {static_cast<uint8_t*>(scratch), size});
    ngx_free(scratch);
    inherit_rooms(conf, old);
    size_t had = old->shared->stations();
    ngx_uint_t level = taken < had ? NGX_LOG_WARN : NGX_LOG_NOTICE;
    ngx_log_error(level, log, 0,
                  "onair zone \"%V\" starts afresh with the states of %uz of "
                  "%uz stations: %uz bytes, stations=%ui, history=%ui instead "
                  "of %uz bytes, stations=%ui, history=%ui",
                  &conf->name, taken, had, conf->size, conf->stations,
                  conf->history, old->size, old->stations, old->history);
    return NGX_OK;
}

ngx_int_t on_zone_mapped(ngx_shm_zone_t* shm, void* old) noexcept
{
    auto* conf = static_cast<ZoneConf*>(shm->data);
    Bytes memory = memory_of(shm);

    if (conf->replaces != nullptr) {
        // Newer versions of nginx give the old data here, but other memory.
        ngx_int_t rc = create_zone(conf, memory);
        return rc == NGX_OK ? inherit(conf) : rc;
    }
    if (old != nullptr || shm->shm.exists) {
        Result<slot::Zone> kept = slot::Zone::open(memory, conf->options());
        if (kept.ok()) {
            *conf->shared = *kept;
            if (open_rooms(conf)) {
                return NGX_OK;
            }
        }
        Fault why = kept.ok() ? Fault::kLayoutChanged : kept.fault();
        ngx_log_error(NGX_LOG_WARN, shm->shm.log, 0,
                      "onair zone \"%V\" starts afresh: %s", &conf->name,
                      sentence(why));
    }
    ngx_int_t rc = create_zone(conf, memory);
    if (rc == NGX_OK) {
        load_states(conf);
    }
    return rc;
}

// The memory of this name in the cycle before, when it is laid out otherwise.
// Workers of that cycle go on using it while they leave.
ngx_shm_zone_t* replaced_by(const ngx_conf_t* cf, const ZoneConf* zone)
{
    ngx_list_part_t* part = &cf->cycle->old_cycle->shared_memory.part;
    for (; part != nullptr; part = part->next) {
        auto* shm = static_cast<ngx_shm_zone_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; i++) {
            if (shm[i].tag != &ngx_http_onair_module ||
                view(shm[i].shm.name) != view(zone->name)) {
                continue;
            }
            const auto* old = static_cast<const ZoneConf*>(shm[i].data);
            bool same = old->size == zone->size &&
                        old->options() == zone->options() &&
                        old->room_plan == zone->room_plan;
            return same ? nullptr : &shm[i];
        }
    }
    return nullptr;
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
    // Here and not in init_module: what fails there ends the master.
    return make_wakers(shm->shm.log);
}

}  // namespace

ngx_int_t add_zone_memory(ngx_conf_t* cf, ZoneConf* zone)
{
    void* at = ngx_palloc(cf->pool, sizeof(slot::Zone));
    if (at == nullptr) {
        return NGX_ERROR;
    }
    // SAFETY: fresh pool memory; a Zone is a view without destructor.
    zone->shared = new (at) slot::Zone();
    at = ngx_palloc(cf->pool, sizeof(room::Rooms));
    if (at == nullptr) {
        return NGX_ERROR;
    }
    // SAFETY: the same for the view of its rooms.
    zone->talks = new (at) room::Rooms();
    zone->shm = ngx_shared_memory_add(cf, &zone->name, zone->size,
                                      &ngx_http_onair_module);
    if (zone->shm == nullptr) {
        return NGX_ERROR;
    }
    zone->shm->init = on_zone_mapped;
    zone->shm->data = zone;
    zone->replaces = replaced_by(cf, zone);
    // At the same size nginx would give us the memory that is in use.
    zone->shm->noreuse = zone->replaces != nullptr;
    return NGX_OK;
}

bool is_sound(const ZoneConf* zone)
{
    return slot::Zone::open(memory_of(zone->shm), zone->options()).ok();
}

void let_replaced_zones_go(const MainConf* main)
{
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        if (zones[i]->replaces != nullptr) {
            // nginx looks at the mark of the old zone to free it, and at that
            // of ours when the next reload comes, which is to keep it.
            zones[i]->replaces->noreuse = 1;
            forget_state_file(
                static_cast<const ZoneConf*>(zones[i]->replaces->data));
            zones[i]->replaces = nullptr;
            zones[i]->shm->noreuse = 0;
        }
    }
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

slot::Author author()
{
    return {static_cast<uint32_t>(ngx_pid), is_gone};
}

}  // namespace onair::ngx
