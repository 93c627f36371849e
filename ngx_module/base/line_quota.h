// So many lines of log a minute of one thing: what goes back and forth shall
// not fill the disk. What is new in that minute is said all the same.
#pragma once

#include "base/time.h"

namespace onair::ngx {

class LineQuota {
  public:
    // Whether one more may be written, of this kind (below 64).
    bool take(Ticks now, unsigned kind)
    {
        if (kinds_ == 0 || now - since_ >= kMinuteMs) {
            since_ = now;
            kinds_ = 0;
            again_ = 0;
        }
        const uint64_t bit = uint64_t{1} << kind;
        bool first = (kinds_ & bit) == 0;
        kinds_ |= bit;
        if (!first && again_ == kMostAgain) {
            return false;
        }
        again_ += first ? 0 : 1;
        return true;
    }

  private:
    static constexpr Ticks kMinuteMs = 60000;
    static constexpr unsigned kMostAgain = 5;

    Ticks since_ = 0;
    uint64_t kinds_ = 0;  // said in this minute
    unsigned again_ = 0;
};

}  // namespace onair::ngx
