// Whether an access rule of nginx is in force for a request: what the operator
// said about who may come.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// True with any of `allow`, `deny`, `auth_basic` (not "off") and
// `auth_request` (not off) at the request's location or inherited by it. Not
// whether the request passed: nginx has seen to that before its handler.
bool is_guarded(ngx_http_request_t* r);

// The client as nginx sees it (realip included) is this machine.
bool is_loopback(const sockaddr* address);

// The request names the server by its first server_name, not by another name
// that leads to it.
bool is_called_by_name(const ngx_http_request_t* r);

}  // namespace onair::ngx
