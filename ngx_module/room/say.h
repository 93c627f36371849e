// What a member says by a request of its own, as its connection is a stream.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// Reads the body and obeys it; the handler returns what this returns.
ngx_int_t say_by_post(ngx_http_request_t* r);

}  // namespace onair::ngx
