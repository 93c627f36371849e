// The poller: the worker that holds a zone's lease asks the zone's poll
// locations when they are due and puts what they say into the slots.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

ngx_int_t start_poller(ngx_cycle_t* cycle);
void stop_poller();

// Somebody asked for a poll now, or the lease may be free.
void look_at_polls();
// The worker leaves: what is under way is ended, leases are given back.
void leave_polls();
// The same at its end, when nobody may be left to write what was told since.
void end_polls();

}  // namespace onair::ngx
