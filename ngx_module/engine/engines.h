// The engines of this worker, one for each zone that has rooms or stations in
// common with other machines.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// At the start and the end of a worker; behind the hall.
ngx_int_t start_engines(ngx_cycle_t* cycle);
void stop_engines();

// A publisher may have spoken here.
void look_at_engines();

// nginx told the worker to go: another worker is to have the connection.
void leave_engines();

}  // namespace onair::ngx
