// The directives of the sound: onair_pull, onair_listen.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

char* set_pull(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_listen(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
