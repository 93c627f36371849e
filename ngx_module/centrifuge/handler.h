// The content handler of onair_centrifuge: the last part of the address says
// which connection of Centrifugo's protocol is wanted.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_centrifuge(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
