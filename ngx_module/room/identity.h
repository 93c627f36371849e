// Who a request is from and which room it means.
#pragma once

#include "ngx_module/room/guest.h"
#include "subscriber/request.h"

namespace onair::ngx {

// The room that the location or the URI names; may be empty. False without
// memory.
bool room_name(ngx_http_request_t* r, const LocConf* conf,
               std::string_view* name);

// Who it is by onair_member. NGX_OK, or what the handler is to return: the
// operator's variables say what can be no id or role.
ngx_int_t read_identity(ngx_http_request_t* r, const LocConf* conf,
                        Identity* identity);

// The token that it shows: "Authorization: Bearer", or ?token= for those who
// cannot send a header.
std::string_view token_of(ngx_http_request_t* r);

Entering entering_of(ngx_http_request_t* r, const subscriber::Ask& ask,
                     std::string_view room);

// The member of this id, in its place of the table; `texts` has kMaxId and
// kMaxMemberName bytes. kNotFound, kTorn.
Result<room::Speaker> speaker_of(const LocConf* conf, const room::Room& room,
                                 std::string_view id, Bytes texts);

// One argument of the query, decoded, in the request's pool; empty where there
// is none, and without memory.
std::string_view argument(ngx_http_request_t* r, std::string_view name);

}  // namespace onair::ngx
