// The app's requests under /signaling, in place of a WebSocket.
#pragma once

#include <string_view>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// `path` is what follows "/signaling" in the URI. What the handler returns.
ngx_int_t answer_signaling(ngx_http_request_t* r, std::string_view path);

}  // namespace onair::ngx
