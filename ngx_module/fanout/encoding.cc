#include "ngx_module/fanout/encoding.h"

#include "encoder/deflate.h"
#include "encoder/event.h"
#include "encoder/frame.h"

namespace onair::ngx {

namespace {

FramePtr frame_of(std::string_view a, std::string_view b)
{
    FramePtr frame(Frame::make(a.size() + b.size()));
    if (frame) {
        copy_bytes(frame->data(), a.data(), a.size());
        copy_bytes(frame->data() + a.size(), b.data(), b.size());
    }
    return frame;
}

FramePtr text_frame(std::string_view body, bool compressed)
{
    uint8_t head[encoder::kMaxFrameHead];
    size_t size = encoder::frame_head(encoder::Opcode::kText, compressed,
                                      body.size(), head);
    return frame_of(text_of({head, size}), body);
}

FramePtr deflated_frame(std::string_view body)
{
    static encoder::Deflater deflater;
    static bool started = deflater.start(15, 6).ok();
    FramePtr packed(Frame::make(encoder::Deflater::bound(body.size())));
    if (!started || !packed) {
        return {};
    }
    deflater.reset();
    Result<size_t> size = deflater.message(bytes_of(body), packed->bytes());
    if (!size.ok()) {
        return {};
    }
    return text_frame(text_of({packed->data(), *size}), true);
}

FramePtr chunk_frame(std::string_view text)
{
    FramePtr chunked(Frame::make(text.size() + 32));
    if (!chunked) {
        return {};
    }
    Writer out(chunked->chars());
    encoder::write_chunk(out, text);
    chunked->shrink(out.size());
    return chunked;
}

FramePtr event_frame(std::string_view id, std::string_view body, bool chunk)
{
    // A line break in the message costs one more "data: "; there are few.
    FramePtr event(Frame::make(64 + id.size() + body.size() * 2));
    if (!event) {
        return {};
    }
    Writer writer(event->chars());
    encoder::write_event(writer, id, {}, body);
    if (!writer.ok()) {
        return {};
    }
    return chunk ? chunk_frame(writer.view()) : frame_of(writer.view(), {});
}

// There is no line end in a message.
FramePtr line_frame(std::string_view body, bool chunk)
{
    FramePtr line = frame_of(body, "\n");
    return line && chunk ? chunk_frame(text_of(line->bytes())) : line;
}

}  // namespace

FramePtr wrapped(std::string_view message, Encoding encoding,
                 std::string_view id)
{
    switch (encoding) {
        case Encoding::kText:
            return text_frame(message, false);
        case Encoding::kDeflated:
            return deflated_frame(message);
        case Encoding::kEvent:
        case Encoding::kChunk:
            return event_frame(id, message, is_chunked(encoding));
        case Encoding::kLine:
        case Encoding::kLineChunk:
            return line_frame(message, is_chunked(encoding));
        case Encoding::kBody:
            break;
    }
    return frame_of(message, {});
}

}  // namespace onair::ngx
