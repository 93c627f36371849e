#include "ngx_module/signalling/memory.h"

#include <openssl/rand.h>

#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// Ids that have somebody at the same time; 32 bytes each.
constexpr size_t kEntries = size_t{128} * 1024;

signalling::Seats g_seats;
bool g_mapped;

Bytes memory_of(ngx_shm_zone_t* shm)
{
    // Behind what nginx formats as a slab pool, as zones of stations have it.
    constexpr size_t kHead = (sizeof(ngx_slab_pool_t) + 4095) / 4096 * 4096;
    return {shm->shm.addr + kHead, shm->shm.size - kHead};
}

ngx_int_t on_mapped(ngx_shm_zone_t* shm, void* old) noexcept
{
    Bytes memory = memory_of(shm);
    Result<signalling::Seats> made = Fault::kLayoutChanged;
    if (old != nullptr || shm->shm.exists) {
        made = signalling::Seats::open(memory);
    }
    if (!made.ok()) {
        uint8_t secret[signalling::Seats::kSecretSize];
        if (RAND_bytes(secret, sizeof(secret)) != 1) {
            return NGX_ERROR;
        }
        made = signalling::Seats::create(memory, secret);
    }
    if (!made.ok()) {
        ngx_log_error(NGX_LOG_EMERG, shm->shm.log, 0,
                      "onair: memory for signalling: %s",
                      sentence(made.fault()));
        return NGX_ERROR;
    }
    g_seats = *made;
    g_mapped = true;
    return NGX_OK;
}

}  // namespace

ngx_int_t add_signalling_memory(ngx_conf_t* cf)
{
    ngx_str_t name = str("onair signalling");
    size_t size = signalling::Seats::size_for(kEntries) + 2 * ngx_pagesize;
    ngx_shm_zone_t* shm = ngx_shared_memory_add(
        cf, &name, ngx_align(size, ngx_pagesize), &ngx_http_onair_module);
    if (shm == nullptr) {
        return NGX_ERROR;
    }
    shm->init = on_mapped;
    shm->data = &g_seats;
    return NGX_OK;
}

const signalling::Seats* seats()
{
    return g_mapped ? &g_seats : nullptr;
}

}  // namespace onair::ngx
