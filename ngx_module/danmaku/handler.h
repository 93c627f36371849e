// onair_danmaku: what was said in a room, for the players that show it over
// the picture, and what their viewers say.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_danmaku(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
