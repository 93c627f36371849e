// The content handler of onair_room.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_room(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
