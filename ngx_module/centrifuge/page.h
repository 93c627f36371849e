// Whether the page that asks may, at locations which many sites' pages ask: of
// AzuraCast's API and of Centrifugo's protocol.
#pragma once

#include <string_view>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// Looks at origin and method, and says to a browser what it has to know. NGX_OK
// and no head sent: go on; else what the handler is to return. A preflight is
// answered here. `methods` as in Allow.
ngx_int_t admit_page(ngx_http_request_t* r, std::string_view methods);

}  // namespace onair::ngx
