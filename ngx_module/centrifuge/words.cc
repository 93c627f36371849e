#include "ngx_module/centrifuge/words.h"

#include "encoder/event.h"
#include "encoder/frame.h"
#include "ngx_module/base/text.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using centrifuge::Dialect;

namespace {

constexpr uint32_t kRetryMs = 1000;
constexpr uint32_t kRetrySpreadMs = 4000;

bool is_socket(Encoding encoding)
{
    return encoding == Encoding::kText || encoding == Encoding::kDeflated;
}

bool is_events(Encoding encoding)
{
    return encoding == Encoding::kEvent || encoding == Encoding::kChunk;
}

FramePtr frame_of(std::string_view text)
{
    return wrapped(text, Encoding::kBody);
}

FramePtr make_beat(Encoding encoding)
{
    FramePtr object = wrapped("{}", encoding);
    if (!object || !is_socket(encoding)) {
        return object;
    }
    uint8_t ping[encoder::kMaxControl];
    size_t size = encoder::control_frame(encoder::Opcode::kPing, {}, ping);
    Text both;
    both.add(text_of(object->bytes()));
    both.add(text_of({ping, size}));
    return both.good() ? frame_of(both.view()) : FramePtr();
}

void write_retry(Writer& out)
{
    encoder::write_retry(out, kRetryMs + random_number() % kRetrySpreadMs);
}

}  // namespace

const FramePtr& centrifuge_beat(Encoding encoding)
{
    static FramePtr frames[kEncodings];
    FramePtr& frame = frames[static_cast<size_t>(encoding)];
    if (!frame) {
        frame = make_beat(encoding);
    }
    return frame;
}

FramePtr centrifuge_last(Dialect dialect, Encoding encoding,
                         const centrifuge::Closing& closing)
{
    char room[centrifuge::kMostOfReply];
    Writer out(room);
    centrifuge::write_disconnect(out, dialect, closing);
    return wrapped(out.view(), encoding);
}

FramePtr centrifuge_goodbye(Dialect dialect, Encoding encoding,
                            const centrifuge::Closing& closing)
{
    FramePtr last = centrifuge_last(dialect, encoding, closing);
    if (!last) {
        return last;
    }
    Text text;
    text.add(text_of(last->bytes()));
    if (is_events(encoding)) {
        char retry[64];
        Writer out(retry);
        write_retry(out);
        text.add(out.size() + 32, [&](Writer& to) {
            if (is_chunked(encoding)) {
                encoder::write_chunk(to, out.view());
            } else {
                to.put(out.view());
            }
        });
    }
    if (is_chunked(encoding)) {
        text.add(encoder::last_chunk());
    }
    return text.good() ? frame_of(text.view()) : FramePtr();
}

FramePtr wrap_lines(std::string_view lines, Dialect dialect, Encoding encoding)
{
    if (dialect == Dialect::kBi && is_socket(encoding)) {
        lines.remove_suffix(lines.ends_with('\n') ? 1 : 0);
        return wrapped(lines, encoding);
    }
    Text all;
    while (!lines.empty()) {
        size_t end = lines.find('\n');
        FramePtr one = wrapped(lines.substr(0, end), encoding);
        if (!one) {
            return {};
        }
        all.add(text_of(one->bytes()));
        lines.remove_prefix(end == std::string_view::npos ? lines.size()
                                                          : end + 1);
    }
    return all.good() ? frame_of(all.view()) : FramePtr();
}

}  // namespace onair::ngx
