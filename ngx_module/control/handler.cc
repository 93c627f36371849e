#include "ngx_module/control/handler.h"

#include "encoder/json.h"
#include "ngx_module/base/body.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/text.h"
#include "ngx_module/publish/access.h"
#include "ngx_module/room/identity.h"
#include "ngx_module/room/obey.h"
#include "room/report.h"

namespace onair::ngx {

namespace {

constexpr DoorWay kWay = {
    subscriber::Door::kControl, NGX_HTTP_GET | NGX_HTTP_HEAD | NGX_HTTP_POST,
    "GET, HEAD, POST",          "ask with GET or POST",
    "a room's control",
};

ngx_int_t refuse(ngx_http_request_t* r, ngx_uint_t status, std::string_view why)
{
    return refuse_pusher(r, kWay, status, why);
}

ngx_int_t too_long(ngx_http_request_t* r)
{
    return refuse(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                  "this is too long, see onair_max_message");
}

void list_rooms(const LocConf* conf, Text* out)
{
    const room::Rooms& rooms = *conf->zone->talks;
    const MainConf* main = main_conf(const_cast<ngx_cycle_t*>(ngx_cycle));
    bool first = true;
    out->add(R"({"rooms":[)");
    for (size_t i = 0; i < rooms.capacity(); i++) {
        Result<room::Room> room = rooms.at(i);
        if (!room.ok()) {
            continue;
        }
        char name[kMaxName];
        room::Reported reported = {
            reactions_of(room_conf_of(main, conf->zone, room->name(name)))};
        out->add(first ? "" : ",");
        out->add(room::most_report(reported), [&](Writer& text) {
            room::write_report(text, rooms, *room, reported);
        });
        first = false;
    }
    out->add("]}");
}

ngx_int_t answer_list(ngx_http_request_t* r, const LocConf* conf,
                      std::string_view name)
{
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    Text out;
    if (name.empty()) {
        list_rooms(conf, &out);
    } else {
        Result<room::Room> room = conf->zone->talks->find(name);
        if (!room.ok()) {
            return answer_text(r, NGX_HTTP_NOT_FOUND, "there is no such room");
        }
        list_members(*conf->zone->talks, *room, name, {}, &out);
    }
    ngx_str_t body = copy(r->pool, out.view());
    if (!out.good() || body.data == nullptr ||
        !add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer(r, NGX_HTTP_OK, "application/json", view(body));
}

ngx_int_t answer_done(ngx_http_request_t* r)
{
    // Or a cache in front would answer the next one.
    if (!add_caching(r, "no-store", Caching::kFirm)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_clear_content_length(r);
    return ngx_http_send_header(r);
}

ngx_int_t control(ngx_http_request_t* r)
{
    const LocConf* conf = loc_conf(r);
    Bytes body;
    ngx_int_t rc = whole_body(r, conf->max_message, &body);
    if (rc == NGX_DECLINED) {
        return too_long(r);
    }
    std::string_view name;
    if (rc != NGX_OK || !room_name(r, conf, &name)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (name.empty()) {
        return refuse(r, NGX_HTTP_NOT_FOUND, "no room is named");
    }
    Ordered done = obey_operator(conf->zone, name, text_of(body));
    return done.why.empty() ? answer_done(r) : refuse(r, done.status, done.why);
}

void on_body(ngx_http_request_t* r) noexcept
{
    ngx_http_finalize_request(r, control(r));
}

}  // namespace

ngx_int_t on_room_control(ngx_http_request_t* r) noexcept
{
    const LocConf* conf = loc_conf(r);
    ngx_int_t rc = admit_pusher(r, conf->control, kWay);
    if (rc != NGX_DECLINED) {
        return rc;
    }
    if (r->method != NGX_HTTP_POST) {
        std::string_view name;
        return room_name(r, conf, &name) ? answer_list(r, conf, name)
                                         : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (r->headers_in.content_length_n >
        static_cast<off_t>(conf->max_message)) {
        return too_long(r);
    }
    rc = ngx_http_read_client_request_body(r, on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace onair::ngx
