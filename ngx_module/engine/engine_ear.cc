// The second connection to an engine that does not speak RESP3: over it comes
// what is published, over the first the answers: the part of engine.h about
// that.
#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/engine/engine.h"
#include "ngx_module/engine/shared_room.h"

namespace onair::ngx {

namespace {

constexpr Ticks kConnectMs = 1000;
constexpr Ticks kAnswerMs = 1000;
constexpr Ticks kPingMs = 5000;

}  // namespace

// What follows the command that was refused is of no use: it begins anew.
void Engine::speak_by_two()
{
    ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                  "onair zone \"%V\": the engine \"%V\" does not know HELLO 3, "
                  "it has two connections",
                  &zone_->name, &conf_->address);
    wire_.close();
    forget_asked();
    two_ = true;
    connecting_since_ = ticks();
    wire_.connect(conf_, peer_);
}

// Over the first connection the answers are awaited in order.
void Engine::log_in(Wire* wire)
{
    std::string_view words[3] = {"AUTH"};
    size_t count = 1;
    if (conf_->user.len > 0) {
        words[count++] = view(conf_->user);
    }
    words[count++] = view(conf_->password);
    std::string_view name[] = {"CLIENT", "SETNAME", view(conf_->name)};
    std::span<const std::string_view> auth = std::span(words).first(count);
    for (std::span<const std::string_view> command :
         {auth, std::span<const std::string_view>(name)}) {
        if (command.data() == auth.data() && conf_->password.len == 0) {
            continue;
        }
        if (wire == &ear_) {
            wire->send(command);
        } else {
            ask(Ask::kElse, nullptr, command);
        }
    }
}

void Engine::connect_ear()
{
    ear_listener_ = engine::Listener(true);
    ear_heard_at_ = ticks();
    ear_asked_at_ = ticks();
    ear_.connect(conf_, peer_);
}

void Engine::subscribe_to(std::string_view channel)
{
    std::string_view words[] = {"SUBSCRIBE", channel};
    hearing().send(words);
}

void Engine::look_after_ear(Ticks now)
{
    if (!two_ || !wire_.connected()) {
        return;
    }
    if (!ear_.connected()) {
        if (now >= connecting_since_ + kConnectMs) {
            fail("it does not answer");
        }
        return;
    }
    if (ear_asked_at_ != 0 && now >= ear_asked_at_ + kAnswerMs) {
        fail("it does not answer");
    } else if (ear_asked_at_ == 0 && now >= ear_heard_at_ + kPingMs) {
        std::string_view words[] = {"PING"};
        ear_asked_at_ = now;
        ear_.send(words);
    }
}

void Engine::hear_ear(const engine::Item& item)
{
    ear_heard_at_ = ticks();
    ear_asked_at_ = 0;
    Result<engine::Event> event = ear_listener_.hear(item);
    if (!event.ok()) {
        fail("it answered in a way that was not asked for");
        return;
    }
    switch (event->heard) {
        case engine::Heard::kPublished:
            published(*event);
            return;
        case engine::Heard::kSubscribed:
            subscribed(*event);
            return;
        case engine::Heard::kRefused:
            refused({}, event->text);
            return;
        default:
            return;
    }
}

// What is published from here on is heard.
void Engine::subscribed(const engine::Event& event)
{
    if (event.channel == stations_.channel()) {
        stations_.subscribed();
        return;
    }
    SharedRoom* room = by_channel(event.channel);
    if (room != nullptr) {
        room->heard = true;
        if (two_ && room->subscribed) {
            want(room);
        }
    }
}

}  // namespace onair::ngx
