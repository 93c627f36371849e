// What clients of Centrifugo's protocol are told that is no station's: signs of
// life and ends, ready for each transport; and how answers are wrapped.
#pragma once

#include <string_view>

#include "centrifuge/reply.h"
#include "ngx_module/fanout/encoding.h"

namespace onair::ngx {

// "{}"; over WebSocket with a ping of its own behind it, which browsers answer
// without their pages.
const FramePtr& centrifuge_beat(Encoding encoding);

// The disconnect push, without what ends the transport itself.
FramePtr centrifuge_last(centrifuge::Dialect dialect, Encoding encoding,
                         const centrifuge::Closing& closing);
// The same with the end of a stream: over HTTP/1.1 the last chunk, in events
// when to come again.
FramePtr centrifuge_goodbye(centrifuge::Dialect dialect, Encoding encoding,
                            const centrifuge::Closing& closing);

// Lines, each with its end, as messages of their own; in the bidirectional
// dialect over WebSocket all of them in one.
FramePtr wrap_lines(std::string_view lines, centrifuge::Dialect dialect,
                    Encoding encoding);

}  // namespace onair::ngx
