// onair_publish: a publisher pushes what is on air now.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_publish(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
