#include "ngx_module/signalling/talk_socket.h"

#include "encoder/frame.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

FramePtr text_frame(std::string_view text)
{
    uint8_t head[encoder::kMaxFrameHead];
    size_t size =
        encoder::frame_head(encoder::Opcode::kText, false, text.size(), head);
    FramePtr frame(Frame::make(size + text.size()));
    if (frame) {
        copy_bytes(frame->data(), head, size);
        copy_bytes(frame->data() + size, text.data(), text.size());
    }
    return frame;
}

TalkSocket::TalkSocket(const LocConf* conf)
    : WebSocket(conf, subscriber::Deflate())
{}

// It ends by itself; until then the worker stays.
void TalkSocket::leave() noexcept
{
    unlist();
}

void TalkSocket::on_open() noexcept
{
    greeted();
    send_waiting();
}

void TalkSocket::push(const FramePtr& frame) noexcept
{
    if (ending() || closes_) {
        return;
    }
    if (!frame) {
        fail(Fault::kNoMemory);
        return;
    }
    if (!attached() || busy() || !queue_.empty()) {
        if (!queue_.add(frame)) {
            queue_.clear();
            count(slot::Total::kStalled);
            reason = Reason::kStalled;
            send_close({1013, "too slow"});
            on_let_go();
        }
        return;
    }
    count_message();
    send(frame);
}

// What the client says waits for what it is to read.
void TalkSocket::on_sent() noexcept
{
    send_waiting();
    if (!busy()) {
        WebSocket::on_sent();
    }
}

void TalkSocket::send_waiting() noexcept
{
    while (!queue_.empty() && !busy() && !ending()) {
        FramePtr frame = queue_.front();
        queue_.pop();
        count_message();
        send(frame);
    }
    if (closes_ && queue_.empty() && !busy() && !ending()) {
        send_close(closing_);
    }
}

void TalkSocket::close_with(const subscriber::Closing& closing,
                            Reason why) noexcept
{
    if (ending() || closes_) {
        return;
    }
    if (reason == Reason::kNone) {
        reason = why;
    }
    closes_ = true;
    closing_ = closing;
    if (attached()) {
        send_waiting();
    }
}

void TalkSocket::say(std::string_view text) noexcept
{
    push(text_frame(text));
}

// What is too large is refused in words, within reason: the end of this
// connection would end a call.
size_t TalkSocket::largest() const noexcept
{
    return 4 * conf()->max_message;
}

void TalkSocket::on_message(Bytes message, bool binary) noexcept
{
    (void)binary;  // clients of these protocols are taken either way
    if (closes_) {
        return;
    }
    if (message.size() > conf()->max_message) {
        count(slot::Total::kRefusedRequest);
        on_fault("message is too large, see onair_max_message");
        return;
    }
    on_text(text_of(message));
}

}  // namespace onair::ngx
