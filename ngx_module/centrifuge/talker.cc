#include "ngx_module/centrifuge/talker.h"

#include <new>

#include "centrifuge/room.h"
#include "encoder/number.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/centrifuge/collected.h"
#include "ngx_module/centrifuge/words.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/identity.h"
#include "ngx_module/room/tongue.h"
#include "ngx_module/zone/worker.h"
#include "room/pace.h"
#include "room/token.h"

namespace onair::ngx {

using centrifuge::Closing;
using centrifuge::Dialect;
using centrifuge::Method;
using centrifuge::Position;
using room::Refusal;
using room::Verdict;

namespace {

constexpr uint32_t kPriceOfAnswer = 5;  // of those that may be long
constexpr size_t kMostPresent = 500;

// A window of events in Centrifugo's words: a push for each.
class Pushes final : public Tongue {
  public:
    FramePtr frame(std::string_view room, const RoomBatch& batch, uint64_t mask,
                   Encoding encoding) const noexcept override
    {
        Text lines;
        for (size_t i = 0; i < batch.count; i++) {
            const room::Message& m = batch.messages[i];
            if ((mask >> i & 1) != 0) {
                lines.add(centrifuge::most_of(room, m) + 1, [&](Writer& out) {
                    centrifuge::write_push(out, room, m);
                    out.put('\n');
                });
            }
        }
        if (batch.left_out > 0) {
            lines.add(centrifuge::most_about(room), [&](Writer& out) {
                centrifuge::write_left_out(out, room, batch.left_out);
                out.put('\n');
            });
        }
        return lines.good() && !lines.empty()
                   ? wrap_lines(lines.view(), Dialect::kBi, encoding)
                   : FramePtr();
    }
};
constexpr Pushes kPushes;

Verdict take_pace(Guest* guest, uint32_t price)
{
    uint32_t wait = room::take_pace(
        guest->pace, rules_of(guest->location()).rate, ticks(), price);
    return {wait == 0 ? Refusal::kNone : Refusal::kRate, wait, 0};
}

// The zero of a client that was nowhere: all that there is.
bool is_nowhere(const Position& position)
{
    return position.epoch.empty() && position.offset == 0;
}

Entering entering_of(const centrifuge::Command& command, std::string_view room)
{
    const Position& position = command.position;
    centrifuge::Guise guise = centrifuge::guise_of(command);
    Entering entering;
    entering.room = room;
    entering.name = guise.name;
    entering.token = guise.token;
    if (position.recover && !is_nowhere(position)) {
        // Its epoch is looked at when the room is known.
        entering.has_since = true;
        entering.since.seq = position.offset;
    }
    return entering;
}

// What a member that has just entered missed, and where it stands.
void recover(Membership* m, Entering entering, const Position& position,
             centrifuge::SubReply* reply, Collected* missed)
{
    RoomHere* here = m->here;
    uint32_t epoch = here->epoch();
    entering.since.epoch = epoch;
    entering.has_since =
        entering.has_since && centrifuge::is_of(position, epoch);
    RoomHere::Missed stand = here->missed(m, entering);
    bool nowhere = position.recover && is_nowhere(position);
    if (nowhere) {
        stand.gap = here->room().history().gap(0, packed_memory());
    }
    reply->epoch = epoch;
    reply->offset = stand.seq;
    reply->recovering = position.recover;
    reply->recovered = position.recover && !stand.gap;
    if (reply->recovered) {
        here->each_shown(*m, stand.since, SIZE_MAX, Collected::visit, missed);
    }
    reply->publications = missed->all();
    if (position.recover) {
        count(reply->recovered ? slot::Total::kResumed : slot::Total::kGaps);
    }
}

std::string_view write_you(const Membership& m, Text* out)
{
    uint8_t secret[room::kSecretSize];
    m.here->zone()->talks->read_secret(secret);
    char token[room::kMaxToken];
    std::string_view signed_id =
        room::write_token(secret, m.here->name(), m.who.member.id, token);
    out->add(centrifuge::most_about({}) + signed_id.size(), [&](Writer& text) {
        centrifuge::write_you(text, m.who.member, signed_id);
    });
    return out->view();
}

void empty_result(uint32_t id, std::string_view name, Text* out)
{
    out->add(centrifuge::kMostOfReply,
             [&](Writer& text) { centrifuge::write_empty(text, id, name); });
}

void write_presence(uint32_t id, const RoomHere& here, Text* out)
{
    out->add(centrifuge::kMostOfReply, [id](Writer& text) {
        centrifuge::begin_reply(text, id, "presence");
        text.put("{\"presence\":{");
    });
    size_t listed = 0;
    here.zone()->talks->members().each(
        here.room().key(),
        [&](const room::Found& found, const room::Member& member) {
            if (found.absent || listed == kMostPresent) {
                return;
            }
            out->add(centrifuge::most_about({}), [&](Writer& text) {
                text.put(listed > 0 ? "," : "");
                centrifuge::write_present(text, member);
            });
            listed++;
        });
    out->add("}}}");
}

void write_stats(uint32_t id, RoomHere& here, Text* out)
{
    out->add(centrifuge::kMostOfReply, [&](Writer& text) {
        centrifuge::begin_reply(text, id, "presence_stats");
        text.put("{\"num_clients\":");
        const room::Room& room = here.room();
        encoder::write_unsigned(text,
                                room.counts().connections +
                                    room.head().others.load(room::kRelaxed));
        text.put(",\"num_users\":");
        encoder::write_unsigned(text, here.people(ticks()));
        text.put("}}");
    });
}

// Those after or, backwards, before the position; all without one.
void collect(const Membership& m, const centrifuge::HistoryWish& wish,
             Collected* out)
{
    struct Range {
        Collected* out;
        uint64_t before;
    };
    Range range = {
        out, wish.reverse && wish.has_since ? wish.since.offset : UINT64_MAX};
    uint64_t since = !wish.reverse && wish.has_since ? wish.since.offset : 0;
    m.here->each_shown(
        m, since, SIZE_MAX,
        [](void* data, const room::Message& message) {
            auto* to = static_cast<Range*>(data);
            if (message.seq < to->before) {
                to->out->add(message);
            }
        },
        &range);
}

void write_history(uint32_t id, const Membership& m,
                   const centrifuge::HistoryWish& wish,
                   const Collected& collected, Text* out)
{
    size_t count = collected.count();
    size_t most = ngx_min(wish.limit, count);
    out->add(centrifuge::kMostOfReply, [id](Writer& text) {
        centrifuge::begin_reply(text, id, "history");
        text.put("{\"publications\":[");
    });
    for (size_t i = 0; i < most; i++) {
        out->add(i > 0 ? "," : "");
        out->add(collected.one(wish.reverse ? count - 1 - i : i));
    }
    out->add(centrifuge::kMostOfReply, [&m](Writer& text) {
        text.put("],\"epoch\":\"");
        encoder::write_hex(text, m.here->epoch(), 8);
        text.put("\",\"offset\":");
        encoder::write_unsigned(text, m.here->last());
        text.put("}}");
    });
}

}  // namespace

Talker::Talker(const LocConf* conf, TalkerLine* line,
               Encoding encoding) noexcept
    : conf_(conf), line_(line), encoding_(encoding)
{
    sender = new_sender();
}

bool Talker::may_enter(std::string_view room) const
{
    return only_size_ == 0 || room == std::string_view(only_, only_size_);
}

bool Talker::begin(const Identity& identity, std::string_view only)
{
    only_size_ = ngx_min(only.size(), sizeof(only_));
    copy_bytes(only_, only.data(), only_size_);
    return identify(identity);
}

const Tongue* Talker::tongue() const noexcept
{
    return &kPushes;
}

void Talker::push(const FramePtr& frame) noexcept
{
    if (ended_.code != 0) {
        return;
    }
    if (queue_.empty() && line_->send_of_rooms(frame)) {
        return;
    }
    if (!queue_.add(frame)) {
        count(slot::Total::kStalled);
        let_go(centrifuge::kSlow);
    }
}

void Talker::send_waiting() noexcept
{
    while (!queue_.empty()) {
        FramePtr frame = queue_.front();
        if (!line_->send_of_rooms(frame)) {
            return;
        }
        queue_.pop();
    }
}

// It is not counted any more, however long the end takes.
void Talker::let_go(const Closing& closing) noexcept
{
    if (ended_.code != 0) {
        return;
    }
    ended_ = closing;
    queue_.clear();
    part_all(this, false);
    if (!obeying_) {
        line_->end_for_rooms(closing);
    }
}

void Talker::dismiss(std::string_view why) noexcept
{
    let_go({centrifuge::kForced.code, why});
}

bool Talker::comes_back(Membership* m) noexcept
{
    Text line;
    std::string_view room = m->here->name();
    line.add(centrifuge::most_about(room),
             [room](Writer& out) { centrifuge::write_lost(out, room); });
    FramePtr frame = line.good()
                         ? wrap_lines(line.view(), Dialect::kBi, encoding_)
                         : FramePtr();
    part(m, false);
    if (frame) {
        push(frame);
    } else {
        let_go(centrifuge::kInternalEnd);
    }
    return true;
}

Verdict Talker::subscribe(const Command& command, std::string_view room,
                          Text* out)
{
    Verdict verdict = take_pace(this, 1);
    if (!verdict.ok()) {
        return verdict;
    }
    Entering entering = entering_of(command, room);
    Joined joined = join(this, entering);
    if (joined.membership == nullptr) {
        return joined.verdict;
    }
    Text you;
    Collected missed;
    centrifuge::SubReply reply;
    recover(joined.membership, entering, command.position, &reply, &missed);
    reply.data = write_you(*joined.membership, &you);
    if (!missed.good() || !you.good()) {
        part(joined.membership, true);
        return {Refusal::kBusy, 0, 0};
    }
    out->add(centrifuge::kMostOfReply + reply.publications.size() +
                 reply.data.size(),
             [&](Writer& text) {
                 centrifuge::write_subscribe(text, command.id, reply);
             });
    return {};
}

Verdict Talker::publish(const Command& command, Membership* m, Text* out)
{
    ZoneConf* zone = location()->zone;
    room::Room room = m->here->room();
    room::Command said;
    said.said = command.data;
    Verdict verdict =
        room::say(floor_of(zone, room), m->who, said, rules_of(location()));
    if (verdict.ok()) {
        empty_result(command.id, "publish", out);
        tell_room(zone, room);
    }
    return verdict;
}

Verdict Talker::list(const Command& command, Membership* m, Text* out) const
{
    bool stats = command.method == Method::kPresenceStats;
    if (!stats && location()->room->unlisted) {
        return {Refusal::kNotListed, 0, 0};
    }
    if (stats) {
        write_stats(command.id, *m->here, out);
    } else {
        write_presence(command.id, *m->here, out);
    }
    return {};
}

Verdict Talker::history(const Command& command, Membership* m, Text* out) const
{
    Result<centrifuge::HistoryWish> wish = centrifuge::read_history(command);
    // A client that cannot be told what it missed loads its state anew.
    bool lost = wish.ok() && wish->has_since && !is_nowhere(wish->since) &&
                !centrifuge::is_of(wish->since, m->here->epoch());
    if (!wish.ok() || lost) {
        out->add(centrifuge::kMostOfReply, [&](Writer& text) {
            centrifuge::write_error(
                text, command.id,
                lost ? centrifuge::kUnrecoverable : centrifuge::kBadRequest);
        });
        return {};
    }
    Collected collected;
    if (wish->limit > 0) {
        collect(*m, *wish, &collected);
    }
    if (!collected.good()) {
        return {Refusal::kBusy, 0, 0};
    }
    write_history(command.id, *m, *wish, collected, out);
    return {};
}

Verdict Talker::ask(const Command& command, Membership* m, Text* out)
{
    if (command.method == Method::kPublish) {
        return publish(command, m, out);
    }
    Verdict verdict = take_pace(this, kPriceOfAnswer);
    if (!verdict.ok()) {
        return verdict;
    }
    return command.method == Method::kHistory ? history(command, m, out)
                                              : list(command, m, out);
}

Closing Talker::obey(const Command& command, std::string_view room, Text* out)
{
    obeying_ = true;
    Membership* m = member_of(room);
    Verdict verdict;
    if (command.method == Method::kSubscribe) {
        verdict = subscribe(command, room, out);
    } else if (command.method == Method::kUnsubscribe) {
        if (m != nullptr) {
            part(m, true);
        }
        empty_result(command.id, "unsubscribe", out);
    } else if (m == nullptr) {
        verdict.refusal = Refusal::kUnknownRoom;
    } else {
        verdict = ask(command, m, out);
    }
    if (!verdict.ok()) {
        count(slot::Total::kRefusedRequest);
        out->add(centrifuge::kMostOfReply, [&](Writer& text) {
            centrifuge::write_refusal(text, command.id, verdict);
        });
    }
    out->add("\n");
    obeying_ = false;
    return ended_;
}

void FreeTalker::operator()(Talker* talker) const noexcept
{
    talker->~Talker();
    ngx_free(talker);
}

ngx_int_t introduce(ngx_http_request_t* r, const LocConf* conf,
                    Introduction* out)
{
    if (conf->room == nullptr) {
        return NGX_OK;
    }
    if (conf->room->name != nullptr && !room_name(r, conf, &out->only)) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return read_identity(r, conf, &out->identity);
}

TalkerPtr make_talker(const LocConf* conf, const Introduction& introduction,
                      TalkerLine* line, Encoding encoding)
{
    void* at = ngx_alloc(sizeof(Talker), ngx_cycle->log);
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh memory; destroyed and freed by FreeTalker.
    TalkerPtr talker(new (at) Talker(conf, line, encoding));
    return talker->begin(introduction.identity, introduction.only)
               ? std::move(talker)
               : nullptr;
}

}  // namespace onair::ngx
