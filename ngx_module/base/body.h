// The body of a request, once nginx has read it.
#pragma once

#include "base/bytes.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// In one piece, in the request's pool; NGX_DECLINED when it is larger than
// `most`, NGX_ERROR without memory or where its file cannot be read.
ngx_int_t whole_body(ngx_http_request_t* r, size_t most, Bytes* out);

}  // namespace onair::ngx
