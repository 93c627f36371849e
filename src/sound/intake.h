// From the bytes of one pull to chunks in the ring: cut where a listener may
// begin, with head pages and what is said in their places. Bytes that the ring
// has already are passed over. In the worker that pulls.
#pragma once

#include <memory>

#include "sound/framer.h"
#include "sound/ring_writer.h"

namespace onair::sound {

class Intake {
  public:
    // A page of Ogg is held until it is whole, and its place among others is
    // known.
    static constexpr size_t kStaged = size_t{96} * 1024;
    // Sound between two starts that are told apart.
    static constexpr uint64_t kStartUs = 200000;

    Intake(Kind kind, RingWriter* writer) : framer_(kind), writer_(writer) {}
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    // Before any take(): the first `bytes` of the stream are in the ring.
    void pass_over(uint64_t bytes) { skip_ = bytes; }

    // Bytes that follow those of before.
    Outcome take(ConstBytes bytes);
    // What the source says of the sound from here on, as it stands there (one
    // line is a title without an artist); taken at the next start, repaired
    // and cut to what a cue holds.
    void say(const Words& words);
    // What somebody else says is on, taken at the next start: from then on the
    // source's own words are kept, not told. Both empty: nothing is known.
    void overrule(const Words& words);
    // The source's words hold again.
    void heed_source();
    // What the source said last of the sound that is in the ring; nullptr: it
    // said nothing.
    const Words* said() const { return said_.known ? &said_.words : nullptr; }
    // To be called a while after take(): writes what was held so that chunks
    // do not get too small.
    Outcome flush();

    // Bytes that have been written or wait for flush().
    bool holds() const { return flush_to_ > base_; }
    bool refused() const { return refused_; }
    Kind kind() const { return framer_.kind(); }
    uint64_t starts() const { return starts_; }

  private:
    // Words, repaired and cut to what a cue holds.
    struct Said {
        Said() = default;
        Said(const Said&) = delete;
        Said& operator=(const Said& other);
        void take(const Words& raw);

        bool known = false;
        Words words;
        char text[kMostCue];
    };

    void tell(uint64_t at);
    Outcome take_part(ConstBytes part);
    Outcome note(const Found& found);
    Outcome begin_at(uint64_t at, uint64_t time_us);
    Outcome write_to(uint64_t to);
    Outcome make_room(size_t size);
    bool passes_unframed() const;

    Framer framer_;
    RingWriter* writer_;
    uint64_t skip_ = 0;
    uint64_t base_ = 0;   // place in the stream of staged_[0]
    size_t size_ = 0;     // bytes staged
    uint64_t given_ = 0;  // bytes given to the framer
    uint64_t flush_to_ = 0;
    bool open_start_ = false;  // staged_[0] is a start
    bool started_ = false;
    bool refused_ = false;
    bool says_ = false;
    bool overrules_ = false;
    bool changes_ = false;  // who is heeded
    uint64_t open_us_ = 0;
    uint64_t boundary_ = 0;  // the newest start behind base_
    uint64_t boundary_us_ = 0;
    uint64_t says_at_ = 0;
    uint64_t starts_ = 0;
    Said coming_;  // from says_at_ on
    Said said_;
    Said overruling_;
    uint8_t staged_[kStaged];
};

}  // namespace onair::sound
