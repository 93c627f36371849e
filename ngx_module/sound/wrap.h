// Sound and words in the form that a listener's transport has.
#pragma once

#include "ngx_module/base/frame.h"

namespace onair::ngx {

enum class Wrap : uint8_t {
    kNone,
    kChunk,       // of HTTP/1.1
    kFrame,       // of a WebSocket: sound binary, words as text
    kEvent,       // server-sent: sound in base64, words with a name
    kEventChunk,  // and as chunks
};

// Sound; an event's id is the place behind it. Empty: no memory.
FramePtr wrap_sound(Wrap wrap, ConstBytes bytes, uint64_t end);

// Words of one line beside the sound, `name` the event's, and `then` behind
// them. Of the kinds that have words; `then` may be empty.
FramePtr wrap_words(Wrap wrap, std::string_view name, std::string_view text,
                    const FramePtr& then = {});

// In front of events: when to come again.
FramePtr events_hello(Wrap wrap);

}  // namespace onair::ngx
