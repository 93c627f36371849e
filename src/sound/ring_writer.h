// The one who writes a ring: the worker that pulls the station's sound. What
// another has taken over fails from then on (kFenced).
#pragma once

#include "sound/ring.h"

namespace onair::sound {

class RingWriter {
  public:
    // How what comes goes on with what is there.
    enum class Joins : uint8_t {
        kSeamless,  // at the very byte
        kGoesOn,    // listeners go on; some sound may be missing
        kBreaks,    // nobody can go on, as decoders would stumble
    };
    // What a chunk is besides its bytes.
    struct Mark {
        bool start = false;
        uint64_t time_us = 0;  // of this pull
    };

    explicit RingWriter(Ring ring) : ring_(ring) {}

    // Takes the ring over. Before anything else.
    void take_over();
    // Copies to the end of `room` the last bytes of what is there, as many as
    // the source sent one behind the other, to be found again in what comes.
    ConstBytes tail(Bytes room) const;
    void join(Joins joins);
    // Nobody who comes now is to hear what was before.
    void forget_past() { ring_.set_floor(position_); }

    // Sound, split where it is longer than a chunk. kFenced.
    Outcome append(ConstBytes sound, Mark mark);
    // Said of the sound that is appended next; the same again is nothing.
    // False: it was the same.
    bool say(std::string_view artist, std::string_view title);
    // What listeners get first who begin behind here. False: too long for the
    // ring.
    bool put_head(ConstBytes pages);
    void tell(const Info& info) { ring_.write_info(info); }

    uint64_t position() const { return position_; }
    bool fenced() const { return fenced_; }
    uint32_t cue() const { return cue_; }
    const Ring& ring() const { return ring_; }

  private:
    Outcome append_chunk(ConstBytes sound, bool start, uint64_t time_us);
    uint64_t place_for(size_t size) const;

    Ring ring_;
    Ring::State state_;
    bool fenced_ = true;
    bool breaks_ = false;
    bool apart_ = false;
    bool has_last_ = false;
    Chunk last_;
    uint64_t position_ = 0;
    uint64_t at_ = 0;
    uint64_t time_us_ = 0;  // to be added to this pull's times
    bool has_time_ = false;
    uint64_t told_us_ = 0;  // of the newest start
    uint32_t cue_ = 0;
    uint32_t next_cue_ = 1;
    uint32_t head_ = 0;
    uint32_t next_head_ = 1;
    uint64_t said_ = 0;
    uint64_t pages_ = 0;
};

}  // namespace onair::sound
