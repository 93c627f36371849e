// The content handlers of `onair` and `onair_echo`: a request comes in, the
// core decides what it is, and a subscriber or an answer is made.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_subscribe(ngx_http_request_t* r) noexcept;
ngx_int_t on_echo(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
