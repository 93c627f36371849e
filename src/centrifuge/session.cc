#include "centrifuge/session.h"

#include "encoder/number.h"

namespace onair::centrifuge {

namespace {

Verdict refuse(const Error& error)
{
    Verdict verdict;
    verdict.act = Act::kRefuse;
    verdict.error = error;
    return verdict;
}

Verdict end(const Closing& closing)
{
    Verdict verdict;
    verdict.act = Act::kEnd;
    verdict.closing = closing;
    return verdict;
}

Verdict act(Act what, const Channel& channel = {})
{
    Verdict verdict;
    verdict.act = what;
    verdict.channel = channel;
    return verdict;
}

Verdict judge_subscribe(const Channel& channel, const Standing& standing)
{
    if (standing.subscribed) {
        return refuse(kAlreadySubscribed);
    }
    if (channel.space == Space::kRoom) {
        return standing.rooms && standing.known ? act(Act::kRoom, channel)
                                                : refuse(kUnknownChannel);
    }
    if (channel.space == Space::kNone || !standing.known) {
        return refuse(kUnknownChannel);
    }
    if (standing.channels >= kMaxChannels) {
        return refuse(kLimit);
    }
    return act(Act::kSubscribe, channel);
}

// What is said in a room or asked of it; a station says nothing to clients but
// what it is subscribed to for.
Verdict judge_room(const Command& command, const Channel& channel,
                   const Standing& standing)
{
    if (channel.space == Space::kNone) {
        return refuse(kUnknownChannel);
    }
    if (channel.space != Space::kRoom || !standing.rooms) {
        return refuse(kNotAvailable);
    }
    if (!standing.subscribed) {
        return refuse(kDenied);
    }
    return command.method == Method::kPublish && command.data.empty()
               ? refuse(kBadRequest)
               : act(Act::kRoom, channel);
}

}  // namespace

Verdict judge(const Command& command, const Standing& standing)
{
    if (command.method == Method::kConnect) {
        return standing.connected ? end(kBadRequestEnd) : act(Act::kConnect);
    }
    if (!standing.connected) {
        return end(kBadRequestEnd);
    }
    Channel channel = read_channel(command.channel);
    switch (command.method) {
        case Method::kPong:
        case Method::kSend:
            return act(Act::kNothing);
        case Method::kPing:
            return act(Act::kAnswer);
        case Method::kSubscribe:
            return judge_subscribe(channel, standing);
        case Method::kUnsubscribe:
            return channel.space == Space::kRoom && standing.rooms
                       ? act(Act::kRoom, channel)
                       : act(Act::kUnsubscribe, channel);
        case Method::kPublish:
        case Method::kPresence:
        case Method::kPresenceStats:
        case Method::kHistory:
            return judge_room(command, channel, standing);
        case Method::kRpc:
        case Method::kRefresh:
        case Method::kSubRefresh:
            return refuse(kNotAvailable);
        case Method::kConnect:
        case Method::kUnknown:
            break;
    }
    return refuse(kMethodNotFound);
}

Recovery recovery_of(const Position& position, uint32_t epoch, uint64_t offset)
{
    if (position.epoch.empty() && position.offset == 0) {
        return Recovery::kLatest;
    }
    char text[8];
    Writer out(text);
    encoder::write_hex(out, epoch, 8);
    if (position.epoch != out.view() || position.offset > offset) {
        return Recovery::kLost;
    }
    return position.offset == offset ? Recovery::kNothing : Recovery::kReplay;
}

}  // namespace onair::centrifuge
