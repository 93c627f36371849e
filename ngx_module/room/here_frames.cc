// What a room says to its members: the part of here.h about frames.
#include "ngx_module/base/text.h"
#include "ngx_module/room/batch.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/here.h"
#include "ngx_module/room/tongue.h"
#include "ngx_module/subscriber/ice_servers.h"
#include "room/token.h"

namespace onair::ngx {

room::Reactions RoomHere::reactions(const uint64_t* totals,
                                    const uint64_t* added) const
{
    return {{conf_->reactions, conf_->reactions_count}, totals, added};
}

FramePtr RoomHere::encoded(const room::Frame& frame, Encoding encoding) const
{
    Text json;
    json.add(room::most_frame(frame),
             [&frame](Writer& out) { room::write_frame(out, frame); });
    char id[encoder::kMaxEventId];
    return json.good()
               ? wrapped(json.view(), encoding,
                         encoder::write_event_id({frame.epoch, frame.seq}, id))
               : FramePtr();
}

FramePtr RoomHere::frame_for(uint64_t mask, const Guest& guest)
{
    RoomBatch& batch = *batch_;
    Encoding encoding = guest.form();
    const Tongue* tongue = guest.tongue();
    for (size_t i = 0; i < batch.made_count; i++) {
        const RoomBatch::Made& made = batch.made[i];
        if (made.mask == mask && made.encoding == encoding &&
            made.tongue == tongue) {
            return made.frame;
        }
    }
    FramePtr made = tongue != nullptr
                        ? tongue->frame(name(), batch, mask, encoding)
                        : own_frame(mask, encoding);
    if (made && batch.made_count < kMostFrames) {
        batch.made[batch.made_count++] = {mask, tongue, encoding, made};
    }
    return made;
}

FramePtr RoomHere::own_frame(uint64_t mask, Encoding encoding)
{
    RoomBatch& batch = *batch_;
    Text text;
    for (size_t i = 0; i < batch.count; i++) {
        if ((mask >> i & 1) != 0) {
            text.add(text.empty() ? "" : ",");
            text.add(room::most_event(batch.messages[i]), [&](Writer& out) {
                room::write_event(out, batch.messages[i]);
            });
        }
    }
    std::string_view events[] = {text.view()};
    room::Modes modes = room_.modes();
    room::Reactions reacted = reactions(batch.totals, batch.added);
    room::Frame frame;
    frame.room = name();
    frame.epoch = epoch_;
    frame.seq = order_.last();
    frame.events = std::span(events).first(text.empty() ? 0 : 1);
    frame.left_out = batch.left_out;
    frame.gap = batch.gap;
    frame.reach = batch.reach ? word(reach_) : "";
    frame.members = batch.members;
    frame.modes = batch.modes ? &modes : nullptr;
    frame.reactions = batch.reacted ? &reacted : nullptr;
    return text.good() ? encoded(frame, encoding) : FramePtr();
}

RoomHere::Missed RoomHere::missed(Membership* m, const Entering& entering)
{
    uint64_t last = order_.last();
    Missed missed;
    missed.known = entering.has_since && entering.since.epoch == epoch_ &&
                   entering.since.seq <= room_.seq();
    missed.since = missed.known ? entering.since.seq : 0;
    missed.seq = ngx_max(last, missed.since);
    missed.gap =
        !missed.known || room_.history().gap(missed.since, packed_memory());
    m->seen_elsewhere = missed.since > last ? missed.since : 0;
    return missed;
}

void RoomHere::each_shown(const Membership& m, uint64_t since, size_t most,
                          Visit visit, void* data) const
{
    const room::Member& who = m.who.member;
    room_.history().each(
        since, order_.last(), most, packed_memory(),
        [&](uint64_t seq, ConstBytes packed) {
            Result<room::Message> message = room::unpack(packed);
            if (message.ok() && order_.was_shown(seq) &&
                room::is_for(*message, who.id, who.sender, who.role)) {
                visit(data, *message);
            }
        });
}

FramePtr RoomHere::greeting(Membership* m, const Entering& entering)
{
    const room::Member& who = m->who.member;
    Missed missed = this->missed(m, entering);
    Text text;
    // All that was missed and is still there; a newcomer sees the last ones.
    each_shown(
        *m, missed.since, missed.known ? SIZE_MAX : conf_->history,
        [](void* data, const room::Message& message) {
            auto* events = static_cast<Text*>(data);
            events->add(events->empty() ? "" : ",");
            events->add(room::most_event(message),
                        [&](Writer& out) { room::write_event(out, message); });
        },
        &text);
    uint8_t secret[room::kSecretSize];
    zone_->talks->read_secret(secret);
    char token[room::kMaxToken];
    Text servers;
    add_ice_servers(m->guest->location()->turn, who.id, &servers);
    room::You you = {who.id, who.name, who.role,
                     room::write_token(secret, name(), who.id, token),
                     servers.view()};
    room::Modes modes = room_.modes();
    uint64_t totals[room::kMostReactions];
    for (size_t i = 0; i < room::kMostReactions; i++) {
        totals[i] = room_.reactions_everywhere(i);
    }
    room::Reactions reacted = reactions(totals, nullptr);
    std::string_view events[] = {text.view()};
    bool asked = entering.has_since || entering.bad_since;
    room::Frame frame;
    frame.room = name();
    frame.epoch = epoch_;
    frame.seq = missed.seq;
    frame.reach = word(reach_);
    frame.you = &you;
    frame.members = room_.members_everywhere();
    frame.modes = &modes;
    frame.reactions = conf_->reactions_count > 0 ? &reacted : nullptr;
    frame.events = std::span(events).first(text.empty() ? 0 : 1);
    frame.gap = asked && missed.gap;
    m->guest->has_news = !missed.known || !text.empty() || frame.gap;
    return text.good() && servers.good() ? encoded(frame, m->guest->form())
                                         : FramePtr();
}

}  // namespace onair::ngx
