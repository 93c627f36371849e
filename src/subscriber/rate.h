// How many messages a client may send: a bucket of tokens that fills with
// time. Eight bytes of state a connection.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace onair::subscriber {

struct RateRule {
    uint32_t per_second = 10;  // 0: no limit
    uint32_t burst = 20;       // tokens the bucket holds; at least 1 counts
};

// A new one is full.
class Rate {
  public:
    // Takes a token; false when there is none. `now` may go back: then no time
    // has passed. per_second and burst are at most 65,535 here.
    bool take(const RateRule& rule, Ticks now);

  private:
    static constexpr uint32_t kNew = UINT32_MAX;

    uint32_t milli_tokens_ = kNew;
    uint32_t last_ms_ = 0;  // low bits of Ticks: enough for 24 days of quiet
};

}  // namespace onair::subscriber
