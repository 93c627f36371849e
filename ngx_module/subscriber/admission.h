// What every request that wants to stay is asked, whichever location it came
// by, before a subscriber is made of it.
#pragma once

#include "ngx_module/conf/conf.h"
#include "subscriber/handshake.h"

namespace onair::ngx {

// Answers with a refusal's status and words.
ngx_int_t refuse(ngx_http_request_t* r, const subscriber::Refusal& refusal);

// Counts the connection; NGX_OK, or the refusal.
ngx_int_t enter(ngx_http_request_t* r, const LocConf* conf, ZoneConf* zone,
                uint64_t* hash);

// Whether an answer without an end goes in chunks.
bool has_chunks(ngx_http_request_t* r);

}  // namespace onair::ngx
