#include "ngx_module/zone/caps.h"

#include "base/bytes.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

uint64_t address_hash(const ngx_http_request_t* r)
{
    return hash(view(r->connection->addr_text));
}

bool enter_cap(const LocConf* conf, ZoneConf* zone, uint64_t address_hash)
{
    return zone->shared->addresses().enter(
        address_hash, static_cast<uint8_t>(worker_index()),
        static_cast<uint32_t>(conf->most_per_address),
        static_cast<uint32_t>(conf->most_connections));
}

void leave_cap(ZoneConf* zone, uint64_t address_hash)
{
    zone->shared->addresses().leave(address_hash,
                                    static_cast<uint8_t>(worker_index()));
}

void take_cap_along(ZoneConf* zone, uint64_t address_hash)
{
    slot::Addresses addresses = zone->shared->addresses();
    addresses.leave(address_hash, static_cast<uint8_t>(slot::kMaxWorkers));
    addresses.enter(address_hash, static_cast<uint8_t>(worker_index()), 0, 0);
}

}  // namespace onair::ngx
