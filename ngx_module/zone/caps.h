// Caps on connections, counted in the zone over all workers.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

uint64_t address_hash(const ngx_http_request_t* r);
// Counts one more connection unless a cap of the location forbids it.
bool enter_cap(const LocConf* conf, ZoneConf* zone, uint64_t address_hash);
void leave_cap(ZoneConf* zone, uint64_t address_hash);
// The same connection, after its worker has found a place.
void take_cap_along(ZoneConf* zone, uint64_t address_hash);

}  // namespace onair::ngx
