// The directives of what an operator asks: onair_status, onair_health.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

char* set_status(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_health(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
