// The zones' shared memory as nginx maps it: made by the master at start and
// kept over reloads, seen by all workers. The roster of workers is one more.
#pragma once

#include "ngx_module/conf/conf.h"
#include "slot/roster.h"

namespace onair::ngx {

ngx_int_t add_zone_memory(ngx_conf_t* cf, ZoneConf* zone);
ngx_int_t add_roster_memory(ngx_conf_t* cf, MainConf* main);

// Whether the memory still is a zone of this layout.
bool is_sound(const ZoneConf* zone);

// In the master, when the new configuration is in force for certain: nginx
// lets the memory of zones go that others have replaced.
void let_replaced_zones_go(const MainConf* main);

// Valid once the cycle is up; nullptr when no directive of ours is used.
slot::Roster* roster();

// This process as an author of records.
slot::Author author();

}  // namespace onair::ngx
