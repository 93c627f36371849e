#include "ngx_module/zone/rings.h"

#include <new>

#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"

namespace onair::ngx {

namespace {

// nginx formats the head of each zone as its slab pool.
constexpr size_t kSlabHead = (sizeof(ngx_slab_pool_t) + 4095) / 4096 * 4096;

ngx_int_t on_ring_mapped(ngx_shm_zone_t* shm, void* old) noexcept
{
    auto* pull = static_cast<PullConf*>(shm->data);
    Bytes memory(shm->shm.addr + kSlabHead, shm->shm.size - kSlabHead);
    Result<sound::Ring> ring = Fault::kLayoutChanged;
    if (old != nullptr || shm->shm.exists) {
        ring = sound::Ring::open(memory);
    }
    if (!ring.ok()) {
        ring = sound::Ring::create(memory);
    }
    if (!ring.ok()) {
        ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0, "%V: %s", &pull->memory,
                      sentence(ring.fault()));
        return NGX_ERROR;
    }
    *pull->ring = *ring;
    return NGX_OK;
}

}  // namespace

ngx_int_t add_ring_memory(ngx_conf_t* cf, MainConf* main, PullConf* pull)
{
    auto** place = static_cast<PullConf**>(ngx_array_push(&main->pulls));
    void* at = ngx_palloc(cf->pool, sizeof(sound::Ring));
    size_t most = sizeof("onair zone  sound of ") + pull->zone->name.len +
                  pull->station.len;
    auto* name = static_cast<u_char*>(ngx_pnalloc(cf->pool, most));
    if (place == nullptr || at == nullptr || name == nullptr) {
        return NGX_ERROR;
    }
    *place = pull;
    pull->index = main->pulls.nelts - 1;
    // SAFETY: fresh pool memory; a Ring is a view without destructor.
    pull->ring = new (at) sound::Ring();
    u_char* end = ngx_snprintf(name, most, "onair zone %V sound of %V",
                               &pull->zone->name, &pull->station);
    pull->memory = {static_cast<size_t>(end - name), name};
    size_t size = ngx_align(pull->zone->sound + kSlabHead, ngx_pagesize);
    pull->shm =
        ngx_shared_memory_add(cf, &pull->memory, size, &ngx_http_onair_module);
    if (pull->shm == nullptr) {
        return NGX_ERROR;
    }
    pull->shm->init = on_ring_mapped;
    pull->shm->data = pull;
    return NGX_OK;
}

PullConf* find_pull(const MainConf* main, const ZoneConf* zone,
                    std::string_view station)
{
    auto** pulls = static_cast<PullConf**>(main->pulls.elts);
    for (ngx_uint_t i = 0; i < main->pulls.nelts; i++) {
        if (pulls[i]->zone == zone && view(pulls[i]->station) == station) {
            return pulls[i];
        }
    }
    return nullptr;
}

}  // namespace onair::ngx
