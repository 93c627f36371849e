// The directives that bound what clients may do: onair_heartbeat, onair_origin,
// onair_connections, onair_message_rate, onair_max_message.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

char* set_heartbeat(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_origin(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_connections(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_message_rate(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_max_message(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
