#include "ngx_module/danmaku/handler.h"

#include <optional>

#include "base/utf8.h"
#include "encoder/json.h"
#include "ngx_module/base/body.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/text.h"
#include "ngx_module/danmaku/visitor.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/identity.h"
#include "ngx_module/subscriber/admission.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

using room::Danmaku;

constexpr Allowed kPlayers = {"GET, HEAD, POST, OPTIONS",
                              "only GET, HEAD, POST and OPTIONS",
                              "Content-Type"};

// DPlayer appends this to the address that its page gives it.
bool is_dplayer(ngx_http_request_t* r)
{
    std::string_view uri = view(r->uri);
    return uri.ends_with("/v3/") || uri.ends_with("/v3");
}

// The room: that of the location, else the one that the player names.
bool name_of(ngx_http_request_t* r, const LocConf* conf, std::string_view given,
             std::string_view* name)
{
    if (conf->room->name != nullptr) {
        return room_name(r, conf, name);
    }
    if (is_dplayer(r)) {
        *name = given;
        return true;
    }
    constexpr std::string_view kEnd = ".xml";
    *name = rest_of_uri(r, conf->core);
    if (name->ends_with(kEnd)) {
        name->remove_suffix(kEnd.size());
    }
    return true;
}

ngx_int_t answer_with(ngx_http_request_t* r, std::string_view type,
                      const Text& text, bool fixed)
{
    ngx_str_t body = copy(r->pool, text.view());
    bool good = text.good() && body.data != nullptr &&
                (fixed ? add_caching(r, "no-store", Caching::kFirm)
                       : add_caching(r, "max-age=1", Caching::kYielding));
    return good ? answer(r, NGX_HTTP_OK, type, view(body))
                : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

// What cannot be said, in the words of DPlayer: the status is 200.
ngx_int_t answer_dplayer(ngx_http_request_t* r, std::string_view why)
{
    Text out;
    out.add(64 + 6 * why.size(), [why](Writer& text) {
        text.put(why.empty() ? R"({"code":0,"data":{}})"
                             : R"({"code":1,"msg":)");
        if (!why.empty()) {
            encoder::write_string(text, why);
            text.put('}');
        }
    });
    return answer_with(r, "application/json", out, true);
}

// The list of one room, in either form.
class List {
  public:
    List(const room::Room& room, size_t most, bool dplayer)
        : room_(room), most_(most), dplayer_(dplayer)
    {}

    bool write(Text* out)
    {
        size_t size = room::danmaku_memory(room::kMaxDanmaku);
        auto* memory = static_cast<uint8_t*>(ngx_alloc(size, ngx_cycle->log));
        if (memory == nullptr) {
            return false;
        }
        room_.history().each(0, UINT64_MAX, most_, packed_memory(),
                             [&](uint64_t, ConstBytes packed) {
                                 Arena arena({memory, size});
                                 add(packed, arena, out);
                             });
        ngx_free(memory);
        return true;
    }

  private:
    void add(ConstBytes packed, Arena& arena, Text* out)
    {
        Result<room::Message> message = room::unpack(packed);
        std::optional<Danmaku> danmaku = message.ok()
                                             ? room::danmaku_of(*message, arena)
                                             : std::optional<Danmaku>();
        if (!danmaku) {
            return;
        }
        // What has no time of its own is told again in its rhythm.
        began_ = any_ ? began_ : message->time;
        if (danmaku->at_ms == 0 && message->time > began_) {
            danmaku->at_ms = static_cast<uint64_t>(message->time - began_);
        }
        if (dplayer_) {
            out->add(any_ ? "," : "");
            out->add(room::most_in_dplayer(*danmaku), [&](Writer& text) {
                room::write_in_dplayer(text, *danmaku);
            });
        } else {
            out->add(room::most_in_xml(*danmaku), [&](Writer& text) {
                room::write_in_xml(text, *danmaku, *message);
            });
        }
        any_ = true;
    }

    room::Room room_;
    size_t most_;
    bool dplayer_;
    bool any_ = false;
    UnixMs began_ = 0;
};

size_t most_of(ngx_http_request_t* r, const LocConf* conf)
{
    ngx_str_t max = str(argument(r, "max"));
    ngx_int_t number = max.len > 0 ? ngx_atoi(max.data, max.len) : NGX_ERROR;
    return number > 0 ? ngx_min(static_cast<size_t>(number),
                                static_cast<size_t>(conf->room->history))
                      : static_cast<size_t>(conf->room->history);
}

ngx_int_t answer_list(ngx_http_request_t* r, const LocConf* conf)
{
    bool dplayer = is_dplayer(r);
    std::string_view name;
    if (!name_of(r, conf, argument(r, "id"), &name)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    if (name.empty()) {
        return dplayer ? answer_dplayer(r, "no room is named")
                       : answer_text(r, NGX_HTTP_NOT_FOUND, "no room is named");
    }
    Text out;
    out.add(dplayer ? R"({"code":0,"data":[)"
                    : "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<i>");
    Result<room::Room> room = conf->zone->talks->find(name);
    if (room.ok() && !List(*room, most_of(r, conf), dplayer).write(&out)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    out.add(dplayer ? "]}" : "</i>\n");
    count(slot::Total::kMessages);
    return answer_with(r, dplayer ? "application/json" : "text/xml", out,
                       false);
}

ngx_int_t say(ngx_http_request_t* r, const LocConf* conf, std::string_view body)
{
    size_t size = room::danmaku_memory(body.size());
    auto* memory = static_cast<uint8_t*>(ngx_palloc(r->pool, size));
    if (memory == nullptr) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    Arena arena({memory, size});
    std::string_view why;
    Result<room::DplayerPost> post = room::read_dplayer(body, arena, &why);
    if (!post.ok()) {
        count(slot::Total::kRefusedRequest);
        return answer_dplayer(r, why);
    }
    Visit visit;
    visit.post = *post;
    if (!name_of(r, conf, post->room, &visit.room)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = read_identity(r, conf, &visit.identity);
    if (rc != NGX_OK) {
        return rc;
    }
    room::Verdict verdict = visit.room.empty()
                                ? room::Verdict{room::Refusal::kUnknownRoom}
                                : say_as_visitor(conf, visit);
    return answer_dplayer(r, room::describe(verdict.refusal));
}

void on_body(ngx_http_request_t* r) noexcept
{
    const LocConf* conf = loc_conf(r);
    Bytes body;
    ngx_int_t rc = whole_body(r, conf->max_message, &body);
    if (rc == NGX_DECLINED) {
        rc = answer_dplayer(r, room::describe(room::Refusal::kTooLong));
    } else if (rc == NGX_OK) {
        rc = say(r, conf, text_of(body));
    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_http_finalize_request(r, rc);
}

}  // namespace

ngx_int_t on_danmaku(ngx_http_request_t* r) noexcept
{
    const LocConf* conf = loc_conf(r);
    subscriber::Request request;
    ngx_int_t rc = admit_origin(r, conf, &request);
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    if (r->method == NGX_HTTP_OPTIONS) {
        return answer_preflight(r, kPlayers);
    }
    if (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) {
        rc = discard_body(r);
        return rc != NGX_OK ? rc : answer_list(r, conf);
    }
    if (r->method != NGX_HTTP_POST || r != r->main) {
        return refuse(r,
                      {NGX_HTTP_NOT_ALLOWED, kPlayers.only, Fault::kBadRequest},
                      kPlayers);
    }
    if (r->headers_in.content_length_n >
        static_cast<off_t>(conf->max_message)) {
        return answer_dplayer(r, room::describe(room::Refusal::kTooLong));
    }
    rc = ngx_http_read_client_request_body(r, on_body);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace onair::ngx
