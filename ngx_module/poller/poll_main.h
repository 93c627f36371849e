// The main request of a poll, which has no client: what nginx is to believe of
// it, and the locations that a poll's requests are in, without what is for
// clients. Made by the worker that leads the zone.
#pragma once

#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// Makes it a GET for the location. False without memory.
bool fill_main(ngx_http_request_t* r, const PollConf* conf);

// Has a request go on with a copy of its location that leaves no trace: it is
// neither logged nor is anything done after it. nullptr without memory.
ngx_http_core_loc_conf_t* make_silent(ngx_http_request_t* r);

// The main request besides: nothing is held back or slowed down.
bool make_quiet(ngx_http_request_t* main);

// The name of the character set that this head tells a client; empty: none.
std::string_view charset_of(const ngx_http_headers_out_t& head);

}  // namespace onair::ngx
