#include "ngx_module/sound/wrap.h"

#include "encoder/event.h"
#include "encoder/frame.h"
#include "encoder/number.h"

namespace onair::ngx {

namespace {

constexpr size_t kAround = 96;  // bytes that a wrap adds, but base64
// What is in the ring reaches over it, and a page has as much of sound.
constexpr uint32_t kRetryMs = 1000;

FramePtr frame_of(ConstBytes bytes)
{
    FramePtr frame(Frame::make(bytes.size()));
    if (frame) {
        copy_bytes(frame->data(), bytes.data(), bytes.size());
    }
    return frame;
}

// What write(Writer&) makes, of at most `most` bytes.
template <typename Write>
FramePtr frame_by(size_t most, Write write)
{
    FramePtr frame(Frame::make(most));
    if (frame) {
        Writer out(frame->chars());
        write(out);
        frame->shrink(out.size());
    }
    return frame;
}

FramePtr chunk_of(std::string_view text)
{
    return frame_by(text.size() + kAround,
                    [text](Writer& out) { encoder::write_chunk(out, text); });
}

// `event` as it is, or as a chunk.
FramePtr sent_as(Wrap wrap, const FramePtr& event)
{
    if (!event || wrap != Wrap::kEventChunk) {
        return event;
    }
    return chunk_of(text_of(event->bytes()));
}

FramePtr sound_event(ConstBytes bytes, uint64_t end)
{
    size_t size = ngx_base64_encoded_length(bytes.size());
    FramePtr event(Frame::make(size + kAround));
    if (!event) {
        return event;
    }
    Writer out(event->chars());
    out.put("id: ");
    encoder::write_unsigned(out, end);
    out.put("\ndata: ");
    ngx_str_t from = {bytes.size(), const_cast<u_char*>(bytes.data())};
    ngx_str_t to = {0, event->data() + out.size()};
    ngx_encode_base64(&to, &from);
    copy_bytes(event->data() + out.size() + to.len, "\n\n", 2);
    event->shrink(out.size() + to.len + 2);
    return event;
}

FramePtr socket_frame(encoder::Opcode opcode, ConstBytes bytes)
{
    uint8_t head[encoder::kMaxFrameHead];
    size_t size = encoder::frame_head(opcode, false, bytes.size(), head);
    FramePtr frame(Frame::make(size + bytes.size()));
    if (frame) {
        copy_bytes(frame->data(), head, size);
        copy_bytes(frame->data() + size, bytes.data(), bytes.size());
    }
    return frame;
}

FramePtr joined(const FramePtr& first, const FramePtr& second)
{
    if (!first || !second) {
        return first;
    }
    FramePtr both(Frame::make(first->size() + second->size()));
    if (both) {
        copy_bytes(both->data(), first->data(), first->size());
        copy_bytes(both->data() + first->size(), second->data(),
                   second->size());
    }
    return both;
}

FramePtr words_of(Wrap wrap, std::string_view name, std::string_view text)
{
    if (wrap == Wrap::kFrame) {
        return socket_frame(encoder::Opcode::kText, bytes_of(text));
    }
    FramePtr event = frame_by(text.size() + kAround, [&](Writer& out) {
        encoder::write_event(out, {}, name, text);
    });
    return sent_as(wrap, event);
}

}  // namespace

FramePtr wrap_sound(Wrap wrap, ConstBytes bytes, uint64_t end)
{
    switch (wrap) {
        case Wrap::kNone:
            return frame_of(bytes);
        case Wrap::kChunk:
            return chunk_of(text_of(bytes));
        case Wrap::kFrame:
            return socket_frame(encoder::Opcode::kBinary, bytes);
        case Wrap::kEvent:
        case Wrap::kEventChunk:
            return sent_as(wrap, sound_event(bytes, end));
    }
    return {};
}

FramePtr wrap_words(Wrap wrap, std::string_view name, std::string_view text,
                    const FramePtr& then)
{
    return joined(words_of(wrap, name, text), then);
}

FramePtr events_hello(Wrap wrap)
{
    FramePtr retry = frame_by(
        kAround, [](Writer& out) { encoder::write_retry(out, kRetryMs); });
    return sent_as(wrap, retry);
}

}  // namespace onair::ngx
