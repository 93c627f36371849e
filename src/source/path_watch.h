// Which paths of type=json lead nowhere, over the answers of a poll: one answer
// may have no title, many that all have none mean that the path is wrong.
// Kept by a poll, in the worker that leads its zone.
#pragma once

#include <cstdint>

#include "source/source.h"

namespace onair::source {

class PathWatch {
  public:
    static constexpr uint8_t kAnswers = 3;

    // After each good answer. The paths that are to be told of now, for the
    // first time: they led nowhere in as many answers as there were about them.
    uint32_t hear(const PathsLed& led);

    // Those that are told of and have led nowhere since.
    uint32_t astray() const { return told_ & ~good_; }
    // The ones of those that lead to an object or an array.
    uint32_t to_several() const { return astray() & to_several_; }

  private:
    uint32_t good_ = 0;
    uint32_t told_ = 0;
    uint32_t to_several_ = 0;
    uint8_t answers_[32] = {};
};

}  // namespace onair::source
