// What a client of Centrifugo's protocol is told when something is not to be
// had: errors, which answer a command, and disconnects, which end a connection.
// Their codes say what client libraries do next.
#pragma once

#include <cstdint>
#include <string_view>

#include "subscriber/close.h"

namespace onair::centrifuge {

// With `temporary` a client tries again, later and later.
struct Error {
    uint16_t code = 0;  // 0: none
    std::string_view message;
    bool temporary = false;
};

inline constexpr Error kNoError;
inline constexpr Error kInternal{100, "internal server error", true};
inline constexpr Error kUnauthorized{101, "unauthorized"};
inline constexpr Error kUnknownChannel{102, "unknown channel"};
inline constexpr Error kDenied{103, "permission denied"};
inline constexpr Error kMethodNotFound{104, "method not found"};
inline constexpr Error kAlreadySubscribed{105, "already subscribed"};
inline constexpr Error kLimit{106, "limit exceeded"};
inline constexpr Error kBadRequest{107, "bad request"};
inline constexpr Error kNotAvailable{108, "not available"};
inline constexpr Error kUnrecoverable{112, "unrecoverable position"};
inline constexpr Error kTooMany{111, "too many requests", true};

// 3000 to 3499: come again; 3500 to 3999: do not.
using subscriber::Closing;
inline constexpr Closing kShutdown{3001, "shutdown"};
inline constexpr Closing kInternalEnd{3004, "internal server error"};
inline constexpr Closing kSlow{3008, "slow"};
inline constexpr Closing kNoPong{3012, "no pong"};
inline constexpr Closing kTooManyEnd{3013, "too many requests"};
inline constexpr Closing kBadRequestEnd{3501, "bad request"};
inline constexpr Closing kStale{3502, "stale"};
inline constexpr Closing kForced{3503, "force disconnect"};
inline constexpr Closing kChannelLimit{3505, "channel limit"};

}  // namespace onair::centrifuge
