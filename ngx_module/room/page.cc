#include "ngx_module/room/page.h"

#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/text.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/zone/worker.h"
#include "room/event.h"

namespace onair::ngx {

namespace {

void add_history(const room::Room& room, size_t most, Text* text)
{
    room.history().each(
        0, UINT64_MAX, most, packed_memory(), [text](uint64_t, ConstBytes it) {
            Result<room::Message> message = room::unpack(it);
            if (!message.ok() || message->to != room::To::kAll) {
                return;
            }
            text->add(text->empty() ? "" : ",");
            text->add(room::most_event(*message), [&message](Writer& out) {
                room::write_event(out, *message);
            });
        });
}

void write_state(const LocConf* conf, std::string_view name, Text* out)
{
    Result<room::Room> room = conf->zone->talks->find(name);
    Text text;
    room::Modes modes;
    uint64_t totals[room::kMostReactions] = {};
    room::Reactions reactions = {
        {conf->room->reactions, conf->room->reactions_count}, totals, nullptr};
    room::Frame frame;
    frame.room = name;
    frame.members = 0;
    frame.modes = &modes;
    frame.reactions = conf->room->reactions_count > 0 ? &reactions : nullptr;
    if (room.ok()) {
        frame.epoch = room->epoch();
        frame.seq = room->seq();
        frame.members = room->members_everywhere();
        frame.reach = word(room->reach());
        modes = room->modes();
        for (size_t i = 0; i < room::kMostReactions; i++) {
            totals[i] = room->reactions_everywhere(i);
        }
        add_history(*room, conf->room->history, &text);
    }
    std::string_view events[] = {text.view()};
    frame.events = std::span(events).first(text.empty() ? 0 : 1);
    if (text.good()) {
        out->add(room::most_frame(frame),
                 [&frame](Writer& to) { room::write_frame(to, frame); });
    }
}

}  // namespace

ngx_int_t answer_room(ngx_http_request_t* r, const LocConf* conf,
                      std::string_view name)
{
    Text out;
    write_state(conf, name, &out);
    FramePtr body = wrapped(out.view(), Encoding::kBody);
    if (out.empty() || !body ||
        !add_caching(r, "max-age=1", Caching::kYielding)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    count(slot::Total::kMessages);
    return answer_frame(r, NGX_HTTP_OK, "application/json", body);
}

}  // namespace onair::ngx
