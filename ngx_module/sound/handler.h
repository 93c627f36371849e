// Requests to onair_listen.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_listen(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
