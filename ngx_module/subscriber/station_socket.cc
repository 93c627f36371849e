#include "ngx_module/subscriber/station_socket.h"

#include <algorithm>

#include "encoder/frame.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/subscriber/wanted.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// Stations of one connection, asked for one by one.
constexpr size_t kMostStations = 256;

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
    greeted();
}

void StationSocket::say(std::string_view text) noexcept
{
    uint8_t head[encoder::kMaxFrameHead];
    size_t size =
        encoder::frame_head(encoder::Opcode::kText, false, text.size(), head);
    FramePtr frame(Frame::make(size + text.size()));
    if (frame) {
        ngx_memcpy(frame->data(), head, size);
        ngx_memcpy(frame->data() + size, text.data(), text.size());
        reply(frame);
    }
}

// The words are ours: no client's byte is sent back.
void StationSocket::complain(std::string_view why) noexcept
{
    char text[256];
    Writer out(text);
    out.put("{\"error\":\"");
    out.put(why);
    out.put("\"}");
    count(slot::Total::kRefusedRequest);
    say(out.view());
}

void StationSocket::on_message(Bytes message, bool binary) noexcept
{
    if (binary) {
        count(slot::Total::kProtocolErrors);
        reason = Reason::kProtocolError;
        send_close(subscriber::closing_for(subscriber::Parting::kKind));
        return;
    }
    // Not the scratch arena: looking at a station uses that.
    Arena arena(scratch().command);
    Result<subscriber::Command> command =
        subscriber::read_command(text_of(message), arena);
    if (!command.ok()) {
        complain(subscriber::complaint(command.fault()));
        return;
    }
    std::string_view objection = check(*command);
    if (!objection.empty()) {
        complain(objection);
        return;
    }
    obey(*command);
}

namespace {

bool holds(std::span<const std::string_view> names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

// How many it would be; each name counts once, however often it is said.
size_t StationSocket::stations_after(
    const subscriber::Command& command) const noexcept
{
    if (wants_all() || holds(command.subscribe, "*")) {
        return command.subscribe.size();
    }
    size_t count = stations();
    for (size_t i = 0; i < command.unsubscribe.size(); i++) {
        std::string_view name = command.unsubscribe[i];
        bool again = holds(command.unsubscribe.first(i), name);
        count -= !again && wants_named(name) ? 1 : 0;
    }
    for (size_t i = 0; i < command.subscribe.size(); i++) {
        std::string_view name = command.subscribe[i];
        bool again = holds(command.subscribe.first(i), name);
        bool there = wants_named(name) && !holds(command.unsubscribe, name);
        count += !again && !there ? 1 : 0;
    }
    return count;
}

// A command is done whole or not at all.
std::string_view StationSocket::check(
    const subscriber::Command& command) const noexcept
{
    // The operator named what is to be had here.
    bool changes = !command.subscribe.empty() || !command.unsubscribe.empty();
    if (changes && conf()->station != nullptr) {
        return "the station of this location is fixed";
    }
    if (stations_after(command) > kMostStations) {
        return subscriber::complaint(Fault::kTooMany);
    }
    for (std::string_view station : command.subscribe) {
        if (conf()->strict && station != "*" &&
            !view_.zone->shared->find(station).ok()) {
            return describe(Fault::kNotFound);
        }
    }
    return {};
}

bool StationSocket::add(std::string_view station) noexcept
{
    if (station == "*") {
        if (wants_all()) {
            return true;
        }
        // Takes the place of each station that is wanted by name. First, as
        // what is found may go with its last subscriber.
        unsubscribe_all();
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
        drop_topic_if_unused(topic);  // "*" wants names nobody has as well
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
    look_at_zone(view_.zone);
    for (std::string_view station : command.unsubscribe) {
        unsubscribe(station);
    }
    for (std::string_view station : command.subscribe) {
        if (!add(station)) {
            // Half of a command was done: better to come again.
            fail(Fault::kNoMemory);
            return;
        }
    }
    // A client that names what it saw last is told what it missed.
    subscriber::Ask ask;
    ask.has_since = command.has_since;
    ask.bad_since = command.bad_since;
    ask.since = command.since;
    bool all = command.get || ask.has_since || ask.bad_since;
    if (!all && !anything_new()) {
        return;
    }
    if (prepare_greeting(this, ask, all ? Greet::kAll : Greet::kNew) && first) {
        FramePtr greeting = first;
        first.reset();
        count_message(first_messages);
        reply(greeting);
    }
}

}  // namespace onair::ngx
