// The directives of the sources: onair_poll, onair_feed, onair_publish.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

char* set_poll(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_feed(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_publish(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
