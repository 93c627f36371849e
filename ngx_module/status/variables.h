// The $onair_* variables: what a station plays, for SSI, headers, logs, maps.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t add_variables(ngx_conf_t* cf);

}  // namespace onair::ngx
