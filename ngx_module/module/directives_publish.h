// The directive of the sources that push: onair_publish.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

char* set_publish(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
