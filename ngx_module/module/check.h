// The last look at the configuration, when all of it is read.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// Refuses zones that nobody defined and feeds that lead to no poll; adds the
// memory of the zones and of the roster.
ngx_int_t check_conf(ngx_conf_t* cf);

}  // namespace onair::ngx
