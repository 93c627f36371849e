// The check of the whole configuration, as far as rooms are concerned: whether
// a zone has the memory, and whether locations agree about a room.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// Lays out the part of a zone that its rooms have, once all locations are
// known.
ngx_int_t plan_rooms(ngx_conf_t* cf, ZoneConf* zone);

// What the zone that nobody defined has.
size_t default_zone_size(const ngx_conf_t* cf, const ZoneConf* zone);

void warn_of_unlike_rooms(ngx_conf_t* cf, const MainConf* main);

}  // namespace onair::ngx
