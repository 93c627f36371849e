// What a room shows to those who are not in it: a plain GET.
#pragma once

#include <string_view>

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

ngx_int_t answer_room(ngx_http_request_t* r, const LocConf* conf,
                      std::string_view name);

}  // namespace onair::ngx
