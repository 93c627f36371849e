// The directives of what several machines have in common: onair_redis, and
// `share` of onair_zone.
#pragma once

#include "ngx_module/conf/params.h"

namespace onair::ngx {

char* set_redis(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
// rooms,counts; false after having said what is wrong.
bool set_share(Params& params, ZoneConf* zone);

// When all is read: whether a zone may share, and its rooms are to.
ngx_int_t check_share(ngx_conf_t* cf, const MainConf* main, ZoneConf* zone);

}  // namespace onair::ngx
