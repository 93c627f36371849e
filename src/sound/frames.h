// Finds the frames of MP3 and of AAC in ADTS. A head is believed when two more
// followed where it said that they would; what fails that is passed over, so
// tags and a begin inside a frame cost a few frames and nothing else.
#pragma once

#include "sound/found.h"
#include "sound/frame_head.h"

namespace onair::sound {

class Frames {
  public:
    using Read = FrameHead (*)(const uint8_t* bytes);

    // `read` is mpeg_head() or adts_head(), `size` the bytes that it looks at.
    Frames(Read read, size_t size) : read_(read), size_(size) {}

    // Consumes from the front of `in`; call until it returns kNone.
    Found next(ConstBytes& in);

  private:
    // Heads in a row that make the last of them a start.
    static constexpr uint32_t kInARow = 3;

    bool take_head(ConstBytes& in);
    bool step();

    Read read_;
    size_t size_;
    uint64_t at_ = 0;       // bytes consumed
    uint64_t time_ns_ = 0;  // of the frames found
    uint32_t left_ = 0;     // bytes of the present frame to come
    uint32_t in_a_row_ = 0;
    uint32_t signature_ = 0;
    uint8_t held_ = 0;  // bytes of head_ that are filled
    uint8_t head_[kAdtsHead];
};

}  // namespace onair::sound
