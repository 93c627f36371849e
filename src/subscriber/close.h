// Code and words with which a WebSocket is closed (RFC 6455 section 7.4), for
// every reason we have. docs/wire.md tells page authors what to do about each.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/fault.h"

namespace onair::subscriber {

struct Closing {
    uint16_t code = 0;  // 0: a close frame without payload
    std::string_view reason;
};

enum class Parting : uint8_t {
    kLeaving,  // this worker goes, another one serves: come again at once
    kSilent,   // no sign of life within the timeout
    kRate,     // more messages than a client may send
    kKind,     // a kind of message that is not taken
};

Closing closing_for(Parting parting);
Closing closing_for(Fault fault);
// The answer to a client's close frame: its own code, no words.
Closing closing_for(uint16_t received);

}  // namespace onair::subscriber
