// The shared memory of the stations' sounds: one ring each, made by the master,
// kept over reloads, seen by all workers.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// In the master, once a pull is known to be the only one of its station.
ngx_int_t add_ring_memory(ngx_conf_t* cf, MainConf* main, PullConf* pull);

// The sound of a station; nullptr: nothing pulls it.
PullConf* find_pull(const MainConf* main, const ZoneConf* zone,
                    std::string_view station);

}  // namespace onair::ngx
