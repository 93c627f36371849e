// The place of one listener in the sound, and what he is sent next. Values in,
// a step out; the reader is his worker's.
#pragma once

#include "sound/ring_reader.h"

namespace onair::sound {

class Cursor {
  public:
    struct Begin {
        uint64_t burst_us = 0;
        // At this very byte where the ring has it, else at the oldest start
        // behind it.
        bool at_position = false;
        uint64_t position = 0;
        // Ends where others are moved, as what he decodes with would stumble
        // over a gap.
        bool ends_at_gap = false;
        // Of a position: he has had nothing yet, and begins with head pages at
        // the start that is there or behind it.
        bool fresh = false;
    };

    Cursor() = default;
    explicit Cursor(const Begin& begin)
        : position_(begin.position),
          burst_us_(begin.burst_us),
          at_position_(begin.at_position),
          ends_at_gap_(begin.ends_at_gap),
          begins_fresh_(begin.fresh)
    {}

    enum class What : uint8_t {
        kNothing,  // yet
        kHead,     // the head pages of `head`, then head_sent()
        kSound,    // `run`; then sent()
        kEnd,      // he cannot go on
    };
    struct Step {
        What what = What::kNothing;
        RingReader::Run run = {};
        uint32_t head = 0;
    };
    // At most `most` bytes.
    Step next(const RingReader& reader, size_t most);
    void sent(size_t bytes)
    {
        position_ += bytes;
        fresh_ = fresh_ && bytes == 0;
    }
    void head_sent() { needs_head_ = false; }

    bool begun() const { return begun_; }
    uint64_t position() const { return position_; }
    // Times that he fell out of the ring since this was asked last.
    uint32_t take_moves()
    {
        uint32_t moves = moves_;
        moves_ = 0;
        return moves;
    }

  private:
    bool begin(const RingReader& reader);
    void go_to(const Chunk& chunk);

    uint64_t position_ = 0;
    uint64_t burst_us_ = 0;
    uint32_t head_ = 0;  // generation that he has
    uint32_t moves_ = 0;
    bool at_position_ = false;
    bool ends_at_gap_ = false;
    bool begins_fresh_ = false;
    bool begun_ = false;
    bool needs_head_ = false;
    bool fresh_ = true;  // nothing was sent since he was put here
};

}  // namespace onair::sound
