#include "source/path_watch.h"

#include <iterator>

namespace onair::source {

static_assert(std::size(kPathFields) <= 32, "a bit for each path");

uint32_t PathWatch::hear(const PathsLed& led)
{
    good_ |= led.somewhere;
    to_several_ = (to_several_ & ~led.nowhere) | led.to_several;
    uint32_t news = 0;
    for (size_t i = 0; i < std::size(kPathFields); i++) {
        uint32_t bit = uint32_t{1} << i;
        bool lost = ((led.nowhere | led.to_several) & ~good_ & bit) != 0;
        if (lost && answers_[i] < kAnswers && ++answers_[i] == kAnswers) {
            news |= bit;
        }
    }
    told_ |= news;
    return news;
}

}  // namespace onair::source
