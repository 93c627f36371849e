// The content handlers of onair_signalling, onair_peerjs and onair_yjs: a
// request becomes a WebSocket, or is one of the pages beside it.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t on_signalling(ngx_http_request_t* r) noexcept;
ngx_int_t on_peerjs(ngx_http_request_t* r) noexcept;
ngx_int_t on_yjs(ngx_http_request_t* r) noexcept;

}  // namespace onair::ngx
