// What one worker knows of a ring: the chunks that it has seen whole. Listeners
// have a position each and ask here for what follows. Bytes are sent from the
// ring itself: whoever has sent looks with intact() whether they stayed what
// they were.
#pragma once

#include <array>
#include <optional>

#include "sound/ring.h"

namespace onair::sound {

class RingReader {
  public:
    explicit RingReader(Ring ring) : ring_(ring) {}
    RingReader(const RingReader&) = delete;
    RingReader& operator=(const RingReader&) = delete;

    // Takes in what is new; true when there is something.
    bool look();

    // Behind the last byte.
    uint64_t end() const;
    bool empty() const { return count_ == 0; }

    // Where a new listener begins who is to have so much of sound at once: the
    // newest start that is as long ago, else the oldest one. Nothing: there is
    // no start yet.
    std::optional<Chunk> start(uint64_t burst_us) const;
    // The oldest start at or behind a position.
    std::optional<Chunk> start_from(uint64_t position) const;
    // The chunk that holds the byte at this position.
    std::optional<Chunk> at(uint64_t position) const;

    // Bytes in a row from a position on, at most `most`, ending where another
    // cue begins or nobody can go on. Empty: there are none (yet).
    struct Run {
        ConstBytes bytes;
        uint32_t cue = 0;     // in force for them
        bool breaks = false;  // they do not go on with what was before
        bool lost = false;    // the position is not in the ring
    };
    Run run(uint64_t position, size_t most) const;

    // The bytes from `from` up to `to` are still in the ring as they were.
    bool intact(uint64_t from, uint64_t to) const;

    // Milliseconds of sound from the position up to the end; estimated inside
    // of chunks.
    uint64_t lag_ms(uint64_t position) const;
    uint64_t spoiled() const { return spoiled_; }
    const Ring& ring() const { return ring_; }

  private:
    const Chunk& one(size_t index) const
    {
        return chunks_[(first_ + index) % kChunks];
    }
    void take(const Chunk& chunk);
    void drop_overtaken(const Chunk& last, Ring::State state);
    // The first chunk that ends behind the position; count_: none.
    size_t find(uint64_t position) const;

    Ring ring_;
    uint64_t seen_ = 0;  // chunks looked at
    size_t first_ = 0;
    size_t count_ = 0;
    uint64_t spoiled_ = 0;
    std::array<Chunk, kChunks> chunks_;
};

}  // namespace onair::sound
