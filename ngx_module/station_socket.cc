#include "station_socket.h"

#include "encoder/frame.h"
#include "rc.h"
#include "str.h"
#include "wanted.h"
#include "worker.h"

namespace onair::ngx {

namespace {

// Stations of one connection, asked for one by one.
constexpr size_t kMostStations = 256;
// What the worker's scratch memory always suffices for; longer than any
// command of kMaxCommandStations names that makes sense.
constexpr size_t kMaxCommand = 3500;

}  // namespace

StationSocket::StationSocket(const LocConf* conf,
                             const subscriber::Deflate& deflate,
                             const TopicKey& view)
    : WebSocket(conf, deflate), view_(view)
{
    view_.name = {};
}

void StationSocket::on_open() noexcept
{
    greet(first);
}

void StationSocket::say(std::string_view text) noexcept
{
    uint8_t head[encoder::kMaxFrameHead];
    size_t size = encoder::frame_head(encoder::Opcode::kText, false,
                                      text.size(), head);
    FramePtr frame(Frame::make(size + text.size()));
    if (frame) {
        ngx_memcpy(frame->data(), head, size);
        ngx_memcpy(frame->data() + size, text.data(), text.size());
        reply(frame);
    }
}

// The words are ours: no client's byte is sent back.
void StationSocket::complain(Fault fault) noexcept
{
    char text[256];
    Writer out(text);
    out.put("{\"error\":\"");
    out.put(describe(fault));
    out.put("\"}");
    count(slot::Total::kRefusedRequest);
    say(out.view());
}

void StationSocket::on_message(Bytes message, bool binary) noexcept
{
    if (binary) {
        send_close({1003, "commands are text"});
        return;
    }
    if (message.size() > kMaxCommand) {
        complain(Fault::kTooLarge);
        return;
    }
    // Not the scratch arena: looking at a station uses that.
    Arena arena(scratch().command);
    Result<subscriber::Command> command =
        subscriber::read_command(text_of(message), arena);
    if (!command.ok()) {
        complain(command.fault());
        return;
    }
    obey(*command);
}

bool StationSocket::add(std::string_view station) noexcept
{
    if (station == "*") {
        AllStations* all = find_all(view_);
        return all != nullptr && subscribe_all(all);
    }
    TopicKey key = view_;
    key.name = station;
    Topic* topic = find_topic(key);
    if (topic == nullptr) {
        return false;
    }
    if (wants(topic)) {
        return true;
    }
    if (!subscribe(topic)) {
        drop_topic_if_unused(topic);
        return false;
    }
    return true;
}

void StationSocket::obey(const subscriber::Command& command) noexcept
{
    for (std::string_view station : command.unsubscribe) {
        unsubscribe(station);
    }
    if (!command.subscribe.empty() && conf()->station != nullptr) {
        // The operator named the one station that is to be had here.
        complain(Fault::kBadRequest);
        return;
    }
    if (stations() + command.subscribe.size() > kMostStations) {
        complain(Fault::kTooMany);
        return;
    }
    bool added = false;
    for (std::string_view station : command.subscribe) {
        if (!add(station)) {
            complain(Fault::kNoMemory);
            return;
        }
        added = true;
    }
    if (!added && !command.get && !command.has_since) {
        return;
    }
    // The present state of all that is wanted now; a client that names what
    // it saw last is told what it missed.
    subscriber::Ask ask;
    ask.has_since = command.has_since;
    ask.bad_since = command.bad_since;
    ask.since = command.since;
    if (stations() > 0 && prepare_greeting(this, ask)) {
        FramePtr greeting = first;
        first.reset();
        count_message(first_messages);
        reply(greeting);
    }
}

}  // namespace onair::ngx
