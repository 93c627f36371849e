#include "ngx_module/room/say.h"

#include "ngx_module/base/body.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/identity.h"
#include "ngx_module/room/obey.h"
#include "ngx_module/zone/worker.h"
#include "room/token.h"

namespace onair::ngx {

namespace {

using room::Refusal;

ngx_int_t too_long(ngx_http_request_t* r)
{
    return answer_text(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                       "this is too long, see onair_max_message");
}

ngx_int_t answer_json(ngx_http_request_t* r, ngx_uint_t status,
                      const Text& text)
{
    ngx_str_t body = copy(r->pool, text.view());
    if (!text.good() || body.data == nullptr ||
        !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, status, "application/json", view(body));
}

// Whose token it is, or who it is by the operator's word; empty: nobody.
std::string_view id_of(ngx_http_request_t* r, const LocConf* conf,
                       const Identity& identity, std::string_view room,
                       std::span<char> out)
{
    if (!identity.id.empty()) {
        return identity.id;
    }
    uint8_t secret[room::kSecretSize];
    conf->zone->talks->read_secret(secret);
    Result<std::string_view> id =
        room::read_token(secret, room, token_of(r), out);
    return id.ok() ? *id : std::string_view();
}

ngx_int_t say(ngx_http_request_t* r, const LocConf* conf, std::string_view body)
{
    Identity identity;
    std::string_view name;
    ngx_int_t rc = room_name(r, conf, &name) ? read_identity(r, conf, &identity)
                                             : NGX_HTTP_INTERNAL_SERVER_ERROR;
    if (rc != NGX_OK) {
        return rc;
    }
    const room::Rooms& rooms = *conf->zone->talks;
    char id_text[room::kMaxId];
    std::string_view id = id_of(r, conf, identity, name, id_text);
    Result<room::Room> room = rooms.find(name);
    uint8_t texts[room::kMaxId + room::kMaxMemberName];
    Result<room::Speaker> who =
        room.ok() && !id.empty() && has_room_place(conf->zone)
            ? speaker_of(conf, *room, id, texts)
            : Result<room::Speaker>(Fault::kNotFound);
    if (!who.ok()) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, status_of(Refusal::kUnknownRoom),
                           room::describe(Refusal::kUnknownRoom));
    }
    who->member.address = identity.address;
    Text out;
    ngx_uint_t status = NGX_HTTP_OK;
    obey({conf, *room, name, *who}, body, &out, &status);
    return answer_json(r, status, out);
}

void on_body(ngx_http_request_t* r) noexcept
{
    const LocConf* conf = loc_conf(r);
    Bytes body;
    ngx_int_t rc = whole_body(r, conf->max_message, &body);
    if (rc == NGX_DECLINED) {
        rc = too_long(r);
    } else if (rc == NGX_OK) {
        rc = say(r, conf, text_of(body));
    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_http_finalize_request(r, rc);
}

}  // namespace

ngx_int_t say_by_post(ngx_http_request_t* r)
{
    if (r->headers_in.content_length_n >
        static_cast<off_t>(loc_conf(r)->max_message)) {
        return too_long(r);
    }
    ngx_int_t rc = ngx_http_read_client_request_body(r, on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace onair::ngx
