// onair_status: what an operator looks at, as JSON or as Prometheus text.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_status(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
