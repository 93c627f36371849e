// Directives of a polled location that nginx itself keeps from subrequests, and
// so from polls: said when the configuration is read, by the master.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// Warns of each that is stated in a polled location itself; what it has from
// its server is meant for others.
void say_unheeded(ngx_conf_t* cf);

}  // namespace onair::ngx
