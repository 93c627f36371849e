#include "ngx_module/room/socket.h"

#include "ngx_module/room/obey.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// More than that is no talk but an attack on the worker: such a client is let
// go. What a member may say is told by the room's own rate, in words.
constexpr subscriber::RateRule kFlood = {200, 400};

constexpr subscriber::Closing kTooSlow = {1013, "too slow"};

}  // namespace

RoomSocket::RoomSocket(const LocConf* conf, const subscriber::Deflate& deflate)
    : WebSocket(conf, deflate)
{}

RoomSocket::~RoomSocket()
{
    part_all(this, said_goodbye() && !worker_leaving());
}

subscriber::RateRule RoomSocket::rate_rule() const noexcept
{
    auto rate = static_cast<uint32_t>(conf()->message_rate);
    auto burst = static_cast<uint32_t>(conf()->message_burst);
    if (rate == 0) {
        return {0, 0};
    }
    return {ngx_max(kFlood.per_second, 2 * rate),
            ngx_max(kFlood.burst, 2 * burst)};
}

void RoomSocket::on_open() noexcept
{
    greeted();
    send_waiting();
}

void RoomSocket::push(const FramePtr& frame) noexcept
{
    if (ending()) {
        return;
    }
    if (attached() && !first && !busy() && queue_.empty()) {
        count_message();
        send(frame);
    } else if (!queue_.add(frame)) {
        count(slot::Total::kStalled);
        leave_with(Reason::kStalled, kTooSlow);
    }
}

void RoomSocket::send_waiting() noexcept
{
    while (!queue_.empty() && !busy() && !ending()) {
        FramePtr frame = queue_.front();
        queue_.pop();
        count_message();
        send(frame);
    }
}

// What the client says waits for what it is to read.
void RoomSocket::on_sent() noexcept
{
    send_waiting();
    if (!busy()) {
        WebSocket::on_sent();
    }
}

// It is not counted any more, however long the close takes.
void RoomSocket::leave_with(Reason why,
                            const subscriber::Closing& closing) noexcept
{
    queue_.clear();
    reason = why;
    part_all(this, false);
    if (attached()) {
        send_close(closing);
    } else {
        leave_when_open = true;
    }
}

void RoomSocket::dismiss(std::string_view why) noexcept
{
    if (!ending()) {
        leave_with(Reason::kProtocolError, {1008, why});
    }
}

void RoomSocket::on_message(Bytes message, bool binary) noexcept
{
    if (binary) {
        count(slot::Total::kProtocolErrors);
        leave_with(Reason::kProtocolError,
                   closing_of(subscriber::Parting::kKind));
        return;
    }
    Text out;
    obey(this, text_of(message), &out);
    if (ending() || (out.good() && out.empty())) {
        return;
    }
    count_message();
    reply(out.good() ? wrapped(out.view(), Encoding::kText) : FramePtr());
}

}  // namespace onair::ngx
