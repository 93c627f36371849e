#include "ngx_module/centrifuge/dialogue.h"
#include "encoder/event_id.h"

#include <openssl/rand.h>

#include "centrifuge/room.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/fanout/watch.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using centrifuge::Channel;
using centrifuge::Command;
using centrifuge::Dialect;
using centrifuge::NamedSub;
using centrifuge::Position;
using centrifuge::Recovery;
using centrifuge::Space;
using centrifuge::SubReply;
using centrifuge::Wish;

namespace {

std::string_view message_of(const FramePtr& frame)
{
    return frame ? text_of(frame->bytes()) : std::string_view();
}

void end_line(Text* out)
{
    out->add("\n");
}

// The topic of a channel with the subscriber on it; nullptr without memory.
Topic* join(Subscriber* subscriber, const TopicKey& key)
{
    Topic* topic = find_topic(key);
    if (topic != nullptr && !subscriber->subscribe(topic)) {
        drop_topic_if_unused(topic);
        topic = nullptr;
    }
    return topic;
}

bool is_known(const LocConf* conf, std::string_view station)
{
    return !conf->strict || conf->zone->shared->find(station).ok();
}

}  // namespace

Token new_token()
{
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        for (uint8_t& byte : bytes) {
            byte = static_cast<uint8_t>(random_number());
        }
    }
    Token token;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        token.digits[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        token.digits[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    return token;
}

TopicKey view_of(const LocConf* conf)
{
    TopicKey key;
    key.zone = conf->zone;
    key.delay_ms = static_cast<uint32_t>(conf->delay);
    key.delay_burst = conf->delay_auto ? conf->delay_burst : 0;
    return key;
}

uint32_t ping_seconds(const LocConf* conf)
{
    return static_cast<uint32_t>((conf->heartbeat + 999) / 1000);
}

Bytes request_memory()
{
    constexpr size_t kSize = centrifuge::memory_for(centrifuge::kMaxRequest);
    static auto* memory =
        static_cast<uint8_t*>(ngx_alloc(kSize, ngx_cycle->log));
    return {memory, memory != nullptr ? kSize : 0};
}

namespace {

// One connection that begins: what it is put on, and the state of each.
class Beginning {
  public:
    Beginning(Subscriber* subscriber, size_t most)
        : subscriber_(subscriber),
          subs_(static_cast<NamedSub*>(
              ngx_calloc((most + 1) * sizeof(NamedSub), ngx_cycle->log))),
          states_(static_cast<FramePtr*>(
              ngx_calloc((most + 1) * sizeof(FramePtr), ngx_cycle->log)))
    {}
    ~Beginning()
    {
        for (size_t i = 0; i < count_; i++) {
            states_[i].reset();
        }
        ngx_free(subs_);
        ngx_free(states_);
    }
    Beginning(const Beginning&) = delete;
    Beginning& operator=(const Beginning&) = delete;

    bool good() const { return subs_ != nullptr && states_ != nullptr; }

    // False without memory. What is no station's channel is passed over.
    bool add(const Wish& wish, Text* pushes)
    {
        Channel channel = centrifuge::read_channel(wish.channel);
        if (channel.space != Space::kStation) {
            return true;
        }
        if (!is_known(subscriber_->conf(), channel.name)) {
            pushes->add(centrifuge::kMostOfReply, [&](Writer& out) {
                centrifuge::write_unsubscribe(out, Dialect::kUni, wish.channel,
                                              "no such station");
            });
            end_line(pushes);
            return true;
        }
        TopicKey key = view_of(subscriber_->conf());
        key.name = channel.name;
        key.form = encoder::Form::kUniPush;
        if (subscriber_->wants_named(key.name, key.form)) {
            return true;
        }
        Topic* topic = join(subscriber_, key);
        FramePtr state =
            topic != nullptr ? topic->greeting(Encoding::kBody) : FramePtr();
        if (!state) {
            return false;
        }
        add(topic, state, wish.position);
        if (!wish.position.recover) {
            pushes->add(message_of(state));
            end_line(pushes);
            subscriber_->first_messages++;
        }
        return true;
    }

    std::span<const NamedSub> subs() const { return {subs_, count_}; }

  private:
    void add(Topic* topic, const FramePtr& state, const Position& position)
    {
        SubReply reply;
        reply.epoch = topic->event_id().epoch;
        reply.recovering = reply.recovered = position.recover;
        reply.offset = position.recover ? position.offset : topic->seq();
        reply.publications = encoder::publication_in(message_of(state));
        states_[count_] = state;
        subs_[count_++] = {encoder::kStationChannel, topic->key().name, reply};
        subscriber_->first_messages++;
    }

    Subscriber* subscriber_;
    NamedSub* subs_;
    FramePtr* states_;
    size_t count_ = 0;
};

}  // namespace

bool begin_unidirectional(Subscriber* subscriber, std::span<const Wish> wishes,
                          Text* out)
{
    const LocConf* conf = subscriber->conf();
    look_at_zone(conf->zone);
    Beginning beginning(subscriber, wishes.size());
    Text pushes;
    subscriber->first_messages = 0;
    for (const Wish& wish : wishes) {
        if (!beginning.good() || !beginning.add(wish, &pushes)) {
            return false;
        }
    }
    Token client = new_token();
    Token session = new_token();
    centrifuge::ConnectReply reply;
    reply.client = client.view();
    reply.session = session.view();
    reply.ping_s = ping_seconds(conf);
    reply.clock = now().unix_ms;
    reply.subs = beginning.subs();
    out->add(centrifuge::most_bytes_of(reply.subs), [&](Writer& to) {
        centrifuge::write_connect(to, Dialect::kUni, reply);
    });
    end_line(out);
    out->add(pushes.view());
    subscriber->mark_sent(true);
    return beginning.good() && out->good() && pushes.good();
}

namespace {

// The publications in messages of a line each, with commas between them.
void add_publications(std::string_view lines, Text* out)
{
    while (!lines.empty()) {
        size_t end = lines.find('\n');
        out->add(out->empty() ? "" : ",");
        out->add(encoder::publication_in(lines.substr(0, end)));
        lines.remove_prefix(end == std::string_view::npos ? lines.size()
                                                          : end + 1);
    }
}

// Each change since the client's position; false where not all are known.
bool replay(Topic* topic, const Position& position, Text* publications)
{
    encoder::EventId since{topic->event_id().epoch, position.offset};
    Topic::Missed missed = topic->since(since, false, Encoding::kLine);
    if (missed.gap || !missed.frame ||
        missed.messages != topic->seq() - position.offset) {
        return false;
    }
    add_publications(message_of(missed.frame), publications);
    return true;
}

// The answer to a subscription: what the client has missed, or where the
// channel stands and its newest publication.
SubReply reply_to(Topic* topic, const Position& position, Text* publications)
{
    SubReply reply;
    reply.epoch = topic->event_id().epoch;
    reply.offset = topic->seq();
    reply.recovering = position.recover;
    Recovery recovery =
        position.recover
            ? centrifuge::recovery_of(position, reply.epoch, topic->seq())
            : Recovery::kLatest;
    if (recovery == Recovery::kReplay &&
        !replay(topic, position, publications)) {
        recovery = Recovery::kLost;
    }
    if (recovery == Recovery::kLatest || recovery == Recovery::kLost) {
        add_publications(message_of(topic->greeting(Encoding::kBody)),
                         publications);
    } else {
        reply.offset = position.offset;
    }
    reply.recovered = position.recover && recovery != Recovery::kLost;
    if (reply.recovering) {
        count(reply.recovered ? slot::Total::kResumed : slot::Total::kGaps);
    }
    reply.publications = publications->view();
    return reply;
}

// One message of commands on its way.
class Obedience {
  public:
    Obedience(Subscriber* subscriber, Conversation* conversation, Text* out)
        : subscriber_(subscriber), conversation_(conversation), out_(out)
    {}

    centrifuge::Closing obey(const Command& command)
    {
        centrifuge::Verdict verdict =
            centrifuge::judge(command, standing(command));
        switch (verdict.act) {
            case centrifuge::Act::kNothing:
                return {};
            case centrifuge::Act::kConnect:
                connect(command);
                return {};
            case centrifuge::Act::kSubscribe:
                return subscribe(command, verdict.channel);
            case centrifuge::Act::kUnsubscribe:
                subscriber_->unsubscribe(
                    verdict.channel.name,
                    centrifuge::form_of(verdict.channel.space));
                empty(command.id, "unsubscribe");
                return {};
            case centrifuge::Act::kAnswer:
                empty(command.id, "ping");
                return {};
            case centrifuge::Act::kRoom:
                return conversation_->talker->obey(command,
                                                   verdict.channel.name, out_);
            case centrifuge::Act::kRefuse:
                refuse(command.id, verdict.error);
                return {};
            case centrifuge::Act::kEnd:
                break;
        }
        return verdict.closing;
    }

  private:
    centrifuge::Standing standing(const Command& command) const
    {
        centrifuge::Standing standing;
        standing.connected = conversation_->connected;
        Channel channel = centrifuge::read_channel(command.channel);
        standing.channels = subscriber_->stations();
        const Talker* talker = conversation_->talker;
        standing.rooms = talker != nullptr;
        if (channel.space == Space::kRoom) {
            standing.subscribed =
                standing.rooms && talker->member_of(channel.name) != nullptr;
            standing.known = !standing.rooms || talker->may_enter(channel.name);
            return standing;
        }
        standing.subscribed = subscriber_->wants_named(
            channel.name, centrifuge::form_of(channel.space));
        standing.known = is_known(subscriber_->conf(), channel.name);
        return standing;
    }

    void connect(const Command& command)
    {
        Token client = new_token();
        centrifuge::ConnectReply reply;
        reply.id = command.id;
        reply.client = client.view();
        char own[24];
        Writer name(own);
        if (conversation_->talker != nullptr) {
            centrifuge::write_client(name, conversation_->talker->sender);
            reply.client = name.view().substr(1, name.size() - 2);
        }
        reply.session = conversation_->session;
        reply.node = conversation_->node;
        reply.ping_s = ping_seconds(subscriber_->conf());
        reply.clock = now().unix_ms;
        conversation_->connected = true;
        out_->add(centrifuge::kMostOfReply, [&](Writer& out) {
            centrifuge::write_connect(out, Dialect::kBi, reply);
        });
        end_line(out_);
    }

    centrifuge::Closing subscribe(const Command& command,
                                  const Channel& channel)
    {
        TopicKey key = view_of(subscriber_->conf());
        key.name = channel.name;
        key.form = centrifuge::form_of(channel.space);
        Topic* topic = join(subscriber_, key);
        if (topic == nullptr) {
            return centrifuge::kInternalEnd;
        }
        Text publications;
        SubReply reply = reply_to(topic, command.position, &publications);
        out_->add(centrifuge::kMostOfReply + publications.view().size(),
                  [&](Writer& out) {
                      centrifuge::write_subscribe(out, command.id, reply);
                  });
        end_line(out_);
        subscriber_->mark_sent(true);
        return publications.good() ? centrifuge::Closing()
                                   : centrifuge::kInternalEnd;
    }

    void empty(uint32_t id, std::string_view name)
    {
        out_->add(centrifuge::kMostOfReply,
                  [&](Writer& out) { centrifuge::write_empty(out, id, name); });
        end_line(out_);
    }

    void refuse(uint32_t id, const centrifuge::Error& error)
    {
        count(slot::Total::kRefusedRequest);
        out_->add(centrifuge::kMostOfReply, [&](Writer& out) {
            centrifuge::write_error(out, id, error);
        });
        end_line(out_);
    }

    Subscriber* subscriber_;
    Conversation* conversation_;
    Text* out_;
};

}  // namespace

centrifuge::Closing obey(Subscriber* subscriber, Conversation* conversation,
                         std::string_view message, Text* out)
{
    look_at_zone(subscriber->conf()->zone);
    Arena arena(request_memory());
    centrifuge::CommandReader reader(message, arena);
    Obedience obedience(subscriber, conversation, out);
    Command command;
    for (;;) {
        Result<bool> more = reader.next(&command);
        if (!more.ok()) {
            return more.fault() == Fault::kNoMemory
                       ? centrifuge::kInternalEnd
                       : centrifuge::kBadRequestEnd;
        }
        if (!*more) {
            return out->good() ? centrifuge::Closing()
                               : centrifuge::kInternalEnd;
        }
        centrifuge::Closing closing = obedience.obey(command);
        if (closing.code != 0) {
            return closing;
        }
    }
}

}  // namespace onair::ngx
