// The directive of the sources that push: onair_publish.
#pragma once

#include "ngx_module/conf/params.h"

namespace onair::ngx {

// Memory for the parameters of set_access(); false without.
bool init_access(ngx_conf_t* cf, AccessConf* access);
// Whether the parameter is `from`, `pages` or `key`; not good after having said
// what is wrong.
bool set_access(Params& params, AccessConf* access, bool* good);

char* set_publish(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

}  // namespace onair::ngx
