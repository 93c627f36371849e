// The log of subscribers that have gone (onair_log): one line each, since
// nginx's own access log writes a stream's line when it begins.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

class Subscriber;

char* set_log(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
void log_end(const Subscriber* subscriber, const ngx_str_t& address) noexcept;

}  // namespace onair::ngx
