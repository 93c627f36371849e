#include "ngx_module/room/identity.h"

#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/caps.h"
#include "room/name.h"

namespace onair::ngx {

namespace {

bool value_of(ngx_http_request_t* r, ngx_http_complex_value_t* complex,
              std::string_view* out)
{
    ngx_str_t value = {0, nullptr};
    if (complex != nullptr &&
        ngx_http_complex_value(r, complex, &value) != NGX_OK) {
        return false;
    }
    *out = view(value);
    return true;
}

ngx_int_t unusable(ngx_http_request_t* r, const char* what,
                   std::string_view value)
{
    ngx_str_t text = str(value);
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "onair_member: \"%V\" is no %s of a member", &text, what);
    return NGX_HTTP_INTERNAL_SERVER_ERROR;
}

}  // namespace

bool room_name(ngx_http_request_t* r, const LocConf* conf,
               std::string_view* name)
{
    if (conf->room->name == nullptr) {
        *name = rest_of_uri(r, conf->core);
        return true;
    }
    return value_of(r, conf->room->name, name);
}

ngx_int_t read_identity(ngx_http_request_t* r, const LocConf* conf,
                        Identity* identity)
{
    identity->address = address_hash(r);
    if (conf->member == nullptr) {
        return NGX_OK;
    }
    std::string_view name, role;
    if (!value_of(r, conf->member->id, &identity->id) ||
        !value_of(r, conf->member->name, &name) ||
        !value_of(r, conf->member->role, &role)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (!identity->id.empty() && !room::good_id(identity->id)) {
        return unusable(r, "id", identity->id);
    }
    if (!role.empty()) {
        Result<room::Role> is = room::role_of(role);
        if (!is.ok()) {
            return unusable(r, "role", role);
        }
        identity->role = *is;
    }
    size_t size = 2 * name.size() + 1024;
    auto* memory = static_cast<uint8_t*>(ngx_palloc(r->pool, size));
    if (memory == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Arena arena({memory, size});
    identity->name = room::clean_name(name, arena);
    return NGX_OK;
}

std::string_view token_of(ngx_http_request_t* r)
{
    constexpr std::string_view kBearer = "Bearer ";
    std::string_view given = view(r->headers_in.authorization);
    if (given.starts_with(kBearer)) {
        return given.substr(kBearer.size());
    }
    return argument(r, "token");
}

Entering entering_of(ngx_http_request_t* r, const subscriber::Ask& ask,
                     std::string_view room)
{
    Entering entering;
    entering.room = room;
    entering.name = argument(r, "name");
    entering.token = token_of(r);
    entering.has_since = ask.has_since;
    entering.bad_since = ask.bad_since;
    entering.since = ask.since;
    return entering;
}

Result<room::Speaker> speaker_of(const LocConf* conf, const room::Room& room,
                                 std::string_view id, Bytes texts)
{
    room::Members members = conf->zone->talks->members();
    Result<room::Found> found = members.find(room.key(), id);
    if (!found.ok()) {
        return found.fault();
    }
    Result<room::Member> member = members.read(*found, texts);
    if (!member.ok()) {
        return member.fault();
    }
    return room::Speaker{*member, found->index};
}

std::string_view argument(ngx_http_request_t* r, std::string_view name)
{
    ngx_str_t value;
    ngx_str_t key = str(name);
    if (ngx_http_arg(r, key.data, key.len, &value) != NGX_OK) {
        return {};
    }
    u_char* from = value.data;
    auto* at = static_cast<u_char*>(ngx_pnalloc(r->pool, value.len + 1));
    if (at == nullptr) {
        return {};
    }
    u_char* to = at;
    ngx_unescape_uri(&to, &from, value.len, 0);
    return view(ngx_str_t{static_cast<size_t>(to - at), at});
}

}  // namespace onair::ngx
