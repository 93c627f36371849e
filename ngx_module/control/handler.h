// onair_room_control: the operator's and the backend's door to rooms. POST says
// and moderates, GET lists rooms and members; closed as onair_publish is.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_room_control(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
