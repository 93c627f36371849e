// The content handler of onair_azuracast: what players ask of AzuraCast's
// public API.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_azuracast(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
