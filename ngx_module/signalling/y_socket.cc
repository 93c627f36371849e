#include "ngx_module/signalling/y_socket.h"

#include "ngx_module/base/str.h"
#include "ngx_module/zone/worker.h"
#include "signalling/member.h"
#include "signalling/unity.h"
#include "signalling/yjs.h"

namespace onair::ngx {

using signalling::YMessage;
using signalling::YVerb;

namespace {

// Rooms of one server are apart.
struct Name {
    Name(std::string_view room, std::string_view topic)
    {
        Writer out(memory);
        out.put(room);
        out.put('\0');
        out.put(topic);
        text = out.view();
    }
    char memory[2 * signalling::kMaxTopic];
    std::string_view text;
};

}  // namespace

YSocket::YSocket(const LocConf* conf) : TalkSocket(conf) {}

YSocket::~YSocket()
{
    give_up();
}

// It is spoken to by topics only.
void YSocket::hear(const Mail& mail) noexcept
{
    (void)mail;
}

void YSocket::give_up() noexcept
{
    count_ = 0;
    while (topics_ != nullptr) {
        Subscription* one = topics_;
        topics_ = one->next_of_socket;
        leave_topic(one);
    }
}

Subscription** YSocket::find(std::string_view name)
{
    Subscription** at = &topics_;
    while (*at != nullptr && name_of(*at) != name) {
        at = &(*at)->next_of_socket;
    }
    return at;
}

void YSocket::add(std::string_view name)
{
    Subscription** at = find(name);
    if (*at != nullptr) {
        return;
    }
    Subscription* made =
        count_ < kMostTopics ? enter_topic(this, name) : nullptr;
    if (made == nullptr) {
        on_fault("no place for another topic");
        return;
    }
    *at = made;
    count_++;
}

void YSocket::remove(std::string_view name)
{
    Subscription** at = find(name);
    if (*at != nullptr) {
        Subscription* one = *at;
        *at = one->next_of_socket;
        leave_topic(one);
        count_--;
    }
}

// Its clients know no errors and pass over a type that they do not know.
void YSocket::on_fault(std::string_view why) noexcept
{
    say(6 * why.size() + 64,
        [why](Writer& out) { signalling::write_error(out, why); });
}

void YSocket::on_text(std::string_view text) noexcept
{
    Reading reading(signalling::message_memory(text.size()) +
                    signalling::kMostTopicsAtOnce * sizeof(std::string_view));
    Result<YMessage> read = signalling::read_y(text, reading.arena());
    if (!read.ok()) {
        count(slot::Total::kRefusedRequest);
        on_fault(read.fault() == Fault::kBadRequest ? "message is not valid"
                                                    : describe(read.fault()));
        return;
    }
    std::string_view room = view(conf()->signalling->room);
    if (read->verb == YVerb::kPing) {
        say(32, signalling::write_pong);
    }
    for (std::string_view topic : read->topics) {
        Name name(room, topic);
        read->verb == YVerb::kSubscribe ? add(name.text) : remove(name.text);
    }
    if (read->verb != YVerb::kPublish) {
        return;
    }
    Name name(room, read->topic);
    uint64_t clients = subscribers_of(name.text);
    size_t most = signalling::most_published(text.size());
    Reading written(most);
    publish(name.text, written.arena().make_text(most, [&](Writer& out) {
        signalling::write_published(out, text, clients);
    }));
}

}  // namespace onair::ngx
