#include "subscriber/rate.h"

#include <algorithm>

namespace onair::subscriber {

namespace {

constexpr uint32_t kMost = 65535;
constexpr uint32_t kOneToken = 1000;

}  // namespace

bool Rate::take(const RateRule& rule, Ticks now)
{
    if (rule.per_second == 0) {
        return true;
    }
    uint64_t room = uint64_t{std::clamp(rule.burst, 1u, kMost)} * kOneToken;
    uint64_t tokens = std::min<uint64_t>(milli_tokens_, room);
    auto now_ms = static_cast<uint32_t>(now);
    // The difference of low bits is right over their wrap; one of more than
    // half their range is a clock that went back.
    uint32_t passed = now_ms - last_ms_;
    if (milli_tokens_ != kNew && passed <= INT32_MAX) {
        tokens += uint64_t{passed} * std::min(rule.per_second, kMost);
        tokens = std::min(tokens, room);
    }
    last_ms_ = now_ms;
    bool enough = tokens >= kOneToken;
    milli_tokens_ = static_cast<uint32_t>(tokens - (enough ? kOneToken : 0));
    return enough;
}

}  // namespace onair::subscriber
