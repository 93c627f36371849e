// The bytes of a station's sound, whatever its kind: where a listener may
// begin, what he gets first, and what the stream says is on. One a pull, in
// the worker that pulls; its memory is taken once.
#pragma once

#include <array>

#include "sound/found.h"
#include "sound/frames.h"
#include "sound/kind.h"
#include "sound/ogg.h"
#include "sound/webm.h"

namespace onair::sound {

class Framer {
  public:
    explicit Framer(Kind kind);
    Framer(const Framer&) = delete;
    Framer& operator=(const Framer&) = delete;

    // Consumes from the front of `in`, which follows what was given before;
    // call until it finds nothing (then `in` is empty). However the bytes are
    // cut, the findings are the same.
    Found next(ConstBytes& in);

    Kind kind() const { return kind_; }

  private:
    std::array<uint8_t, kMaxSoundHead> head_ = {};
    std::array<uint8_t, kMaxSoundHead> packet_ = {};
    Kind kind_;
    Frames frames_;
    Ogg ogg_;
    Webm webm_;
};

}  // namespace onair::sound
