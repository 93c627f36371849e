// The directives of rooms.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

char* set_room_control(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_danmaku(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_room(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_member(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
