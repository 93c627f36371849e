// onair_health: what a balancer asks before it sends listeners here.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_health(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
