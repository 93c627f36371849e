// The directives of signalling.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

char* set_signalling(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_peerjs(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_yjs(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_turn(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
