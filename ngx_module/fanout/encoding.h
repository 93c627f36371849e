// A message wrapped for the way that it goes: what each transport adds to it.
#pragma once

#include <string_view>

#include "ngx_module/base/frame.h"

namespace onair::ngx {

// The ways the same message is wrapped.
enum class Encoding : uint8_t {
    kText,       // a WebSocket text frame
    kDeflated,   // the same, deflated without context takeover
    kEvent,      // a server-sent event
    kChunk,      // the same as a chunk of HTTP/1.1
    kLine,       // the message and a line end
    kLineChunk,  // the same as a chunk of HTTP/1.1
    kBody,       // the message alone
};
inline constexpr size_t kEncodings = 7;

constexpr bool is_chunked(Encoding encoding)
{
    return encoding == Encoding::kChunk || encoding == Encoding::kLineChunk;
}

// The message as it goes over the wire; empty without memory. `id` is that of
// an event, empty for none.
FramePtr wrapped(std::string_view message, Encoding encoding,
                 std::string_view id = {});

}  // namespace onair::ngx
