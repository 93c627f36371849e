// A request for a connection of Centrifugo's protocol: it is looked at, and a
// subscriber is made of it. Called by the handlers of the locations.
#pragma once

#include <string_view>

#include "centrifuge/reply.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

enum class Carrier : uint8_t { kWebSocket, kSse, kHttpStream };

// What the handler is to return.
ngx_int_t start_live(ngx_http_request_t* r, Carrier carrier,
                     centrifuge::Dialect dialect);

}  // namespace onair::ngx
