#include "ngx_module/centrifuge/socket.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/centrifuge/dialogue.h"
#include "ngx_module/centrifuge/words.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using centrifuge::Dialect;

namespace {

// Who says nothing for so long after the handshake is let go.
constexpr ngx_msec_t kStaleMs = 10000;
// A client of rooms that sends more than that is no talk but an attack.
constexpr subscriber::RateRule kFlood = {200, 400};

}  // namespace

CentrifugeSocket::CentrifugeSocket(const LocConf* conf,
                                   const subscriber::Deflate& deflate,
                                   Dialect dialect)
    : WebSocket(conf, deflate), dialect_(dialect)
{}

// A client that says goodbye has left its rooms; one whose connection breaks
// may come back.
CentrifugeSocket::~CentrifugeSocket()
{
    if (talker_ != nullptr) {
        part_all(talker_.get(), said_goodbye() && !worker_leaving());
    }
}

bool CentrifugeSocket::introduce(const Introduction& introduction)
{
    bool rooms = dialect_ == Dialect::kBi && conf()->room != nullptr;
    if (rooms) {
        talker_ = make_talker(conf(), introduction, this, encoding());
    }
    return !rooms || talker_ != nullptr;
}

void CentrifugeSocket::on_retire() noexcept
{
    if (talker_ != nullptr) {
        part_all(talker_.get(), false);
    }
}

// What a member may say is told by the room's own rate, in words.
subscriber::RateRule CentrifugeSocket::rate_rule() const noexcept
{
    subscriber::RateRule rule = WebSocket::rate_rule();
    if (talker_ == nullptr || rule.per_second == 0) {
        return rule;
    }
    return {ngx_max(kFlood.per_second, 2 * rule.per_second),
            ngx_max(kFlood.burst, 2 * rule.burst)};
}

bool CentrifugeSocket::send_of_rooms(const FramePtr& frame) noexcept
{
    if (!attached() || first || busy()) {
        return false;
    }
    if (!ending()) {
        count_message();
        send(frame);
    }
    return true;
}

void CentrifugeSocket::end_for_rooms(
    const centrifuge::Closing& closing) noexcept
{
    if (!ending()) {
        reason = closing.code == centrifuge::kSlow.code
                     ? Reason::kStalled
                     : Reason::kProtocolError;
        send_close(closing);
    }
}

// What the client says waits for what it is to read.
void CentrifugeSocket::on_sent() noexcept
{
    if (talker_ != nullptr) {
        talker_->send_waiting();
    }
    if (!busy()) {
        WebSocket::on_sent();
    }
}

bool CentrifugeSocket::begin(std::span<const centrifuge::Wish> wishes)
{
    Text lines;
    connected_ = true;
    if (!begin_unidirectional(this, wishes, &lines)) {
        return false;
    }
    first = wrap_lines(lines.view(), dialect_, encoding());
    return static_cast<bool>(first);
}

void CentrifugeSocket::on_open() noexcept
{
    greeted();
    if (!connected_) {
        wait(kStaleMs);
    }
}

void CentrifugeSocket::end_with(const centrifuge::Closing& closing) noexcept
{
    bool ours = closing.code == centrifuge::kInternalEnd.code;
    count(slot::Total::kProtocolErrors, ours ? 0 : 1);
    if (reason == Reason::kNone && !ours) {
        reason = Reason::kProtocolError;
    }
    send_close(closing);
}

void CentrifugeSocket::on_message(Bytes message, bool binary) noexcept
{
    if (binary) {
        end_with(centrifuge::kBadRequestEnd);
    } else if (dialect_ == Dialect::kBi) {
        hear_commands(text_of(message));
    } else if (!connected_) {
        hear_request(text_of(message));
    }
}

void CentrifugeSocket::hear_request(std::string_view text) noexcept
{
    Arena arena(request_memory());
    auto wishes = centrifuge::read_wishes(text, arena);
    if (!wishes.ok()) {
        end_with(wishes.fault() == Fault::kTooMany
                     ? centrifuge::kChannelLimit
                     : centrifuge::kBadRequestEnd);
        return;
    }
    if (!begin(*wishes)) {
        end_with(centrifuge::kInternalEnd);
        return;
    }
    FramePtr greeting = first;
    first.reset();
    count_message(first_messages);
    reply(greeting);
    if (!busy()) {
        start_waiting();
    }
}

void CentrifugeSocket::hear_commands(std::string_view text) noexcept
{
    Text lines;
    Conversation conversation;
    conversation.connected = connected_;
    conversation.talker = talker_.get();
    centrifuge::Closing closing = obey(this, &conversation, text, &lines);
    connected_ = conversation.connected;
    if (!lines.empty() && !ending()) {
        FramePtr answer = wrap_lines(lines.view(), dialect_, encoding());
        if (answer && talker_ != nullptr && talker_->waits()) {
            talker_->push(answer);  // behind what was told before
        } else {
            count_message();
            reply(answer);
        }
    }
    if (closing.code != 0 && !ending()) {
        end_with(closing);
    } else if (connected_ && !busy() && !ending()) {
        start_waiting();
    }
}

ngx_msec_t CentrifugeSocket::on_heartbeat() noexcept
{
    if (connected_) {
        return WebSocket::on_heartbeat();
    }
    auto silent = static_cast<ngx_msec_t>(now().unix_ms - Subscriber::opened());
    if (silent < kStaleMs) {
        return kStaleMs - silent;
    }
    count(slot::Total::kTimeouts);
    reason = Reason::kTimedOut;
    send_close(centrifuge::kStale);
    return 0;
}

const FramePtr& CentrifugeSocket::beat() noexcept
{
    return centrifuge_beat(encoding());
}

subscriber::Closing CentrifugeSocket::closing_of(
    subscriber::Parting parting) noexcept
{
    switch (parting) {
        case subscriber::Parting::kLeaving:
            return centrifuge::kShutdown;
        case subscriber::Parting::kSilent:
            return centrifuge::kNoPong;
        case subscriber::Parting::kRate:
            return centrifuge::kTooManyEnd;
        case subscriber::Parting::kKind:
            break;
    }
    return centrifuge::kBadRequestEnd;
}

// What is wrong with a frame is told in RFC 6455's own codes.
subscriber::Closing CentrifugeSocket::closing_of(Fault fault) noexcept
{
    return fault == Fault::kNoMemory ? centrifuge::kInternalEnd
                                     : WebSocket::closing_of(fault);
}

FramePtr CentrifugeSocket::last(const subscriber::Closing& closing) noexcept
{
    bool ours = closing.code >= centrifuge::kShutdown.code;
    return ours ? centrifuge_last(dialect_, encoding(), closing) : FramePtr();
}

}  // namespace onair::ngx
