#include "ngx_module/subscriber/echo.h"

#include "encoder/frame.h"

namespace onair::ngx {

Echo::Echo(const LocConf* conf, const subscriber::Deflate& deflate)
    : WebSocket(conf, deflate)
{}

FramePtr Echo::frame_of(Bytes message, bool binary)
{
    encoder::Opcode opcode =
        binary ? encoder::Opcode::kBinary : encoder::Opcode::kText;
    uint8_t head[encoder::kMaxFrameHead];
    if (!deflate().on) {
        size_t size = encoder::frame_head(opcode, false, message.size(), head);
        FramePtr frame(Frame::make(size + message.size()));
        if (frame) {
            ngx_memcpy(frame->data(), head, size);
            copy_bytes(frame->data() + size, message.data(), message.size());
        }
        return frame;
    }

    if (!deflater_started_ && !deflater_.start(deflate().server_bits, 6).ok()) {
        return {};
    }
    deflater_started_ = true;
    if (deflate().server_no_context_takeover) {
        deflater_.reset();
    }
    FramePtr packed(Frame::make(encoder::Deflater::bound(message.size())));
    if (!packed) {
        return {};
    }
    Result<size_t> length = deflater_.message(message, packed->bytes());
    if (!length.ok()) {
        return {};
    }
    size_t size = encoder::frame_head(opcode, true, *length, head);
    FramePtr frame(Frame::make(size + *length));
    if (frame) {
        ngx_memcpy(frame->data(), head, size);
        ngx_memcpy(frame->data() + size, packed->data(), *length);
    }
    return frame;
}

void Echo::on_message(Bytes message, bool binary) noexcept
{
    FramePtr frame = frame_of(message, binary);
    if (!frame) {
        fail(Fault::kNoMemory);
        return;
    }
    reply(frame);
}

}  // namespace onair::ngx
