// The log of subscribers that have gone (onair_log): one line each, since
// nginx's own access log writes a stream's line when it begins.
#pragma once

#include <string_view>

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

class Subscriber;

char* set_log(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
void log_end(const Subscriber* subscriber, const ngx_str_t& address) noexcept;
// The same of one who has no stations in the sense of topics; `more` follows.
void log_end(const Subscriber* subscriber, const ngx_str_t& address,
             std::string_view station, std::string_view more) noexcept;

}  // namespace onair::ngx
