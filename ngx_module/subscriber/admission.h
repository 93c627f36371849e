// What every request that wants to stay is asked, whichever location it came
// by, before a subscriber is made of it.
#pragma once

#include "ngx_module/conf/conf.h"
#include "subscriber/handshake.h"
#include "subscriber/request.h"

namespace onair::ngx {

// What may be asked at a location, as headers say it, and a refusal.
struct Allowed {
    std::string_view methods;
    std::string_view only;
    std::string_view headers;
};
inline constexpr Allowed kReaders = {
    "GET, HEAD, OPTIONS", "only GET, HEAD and OPTIONS",
    "If-None-Match, Last-Event-ID, Cache-Control"};

// Answers with a refusal's status and words.
ngx_int_t refuse(ngx_http_request_t* r, const subscriber::Refusal& refusal,
                 const Allowed& allowed = kReaders);

// Tells a page what it may ask.
ngx_int_t answer_preflight(ngx_http_request_t* r, const Allowed& allowed);

// Reads the request, and lets those pages go on whose origin may come. NGX_OK
// and no head sent: go on; else what the handler is to return.
ngx_int_t admit_origin(ngx_http_request_t* r, const LocConf* conf,
                       subscriber::Request* request);
// The same, and which of the transports it wants. A preflight is answered here.
ngx_int_t admit(ngx_http_request_t* r, const LocConf* conf,
                const Allowed& allowed, const subscriber::Offer& offer,
                subscriber::Request* request, subscriber::Ask* ask);

// Counts the connection; NGX_OK, or the refusal.
ngx_int_t enter(ngx_http_request_t* r, const LocConf* conf, ZoneConf* zone,
                uint64_t* hash);

// Whether an answer without an end goes in chunks.
bool has_chunks(ngx_http_request_t* r);

}  // namespace onair::ngx
