// The seats of all signalling locations: a piece of shared memory of its own,
// made when a location is configured that needs it. It outlives reloads.
#pragma once

#include "ngx_module/base/ngx.h"
#include "signalling/seats.h"

namespace onair::ngx {

// While the configuration is read.
ngx_int_t add_signalling_memory(ngx_conf_t* cf);

// nullptr where nothing of signalling is configured.
const signalling::Seats* seats();

}  // namespace onair::ngx
