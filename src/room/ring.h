// A ring of records in shared memory: how what one worker's members say gets to
// all workers. One process writes, any number read; nobody waits for anybody.
//
// The writer first moves `tail` past the records that it will overwrite, then
// copies, then moves `head`, which commits. A reader copies and then looks
// whether `tail` has passed it. So
//   - a writer that dies or stops at any instruction leaves every committed
//     record whole, and the next owner of the ring goes on at `head`;
//   - a reader that was overtaken knows exactly how many records it missed.
// Two processes must never write at the same time: a ring belongs to a place
// of the roster, which one living worker holds.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "room/shared.h"

namespace onair::room {

// A place in the log: how many words were ever written before it, and how many
// records, both modulo their width; one word, so that they move together.
struct Mark {
    static constexpr unsigned kCountBits = 20;
    static constexpr uint64_t kPlaces = uint64_t{1} << (64 - kCountBits);
    static constexpr uint64_t kCounts = uint64_t{1} << kCountBits;

    uint64_t at = 0;     // words
    uint64_t count = 0;  // records

    static constexpr Mark of(uint64_t word)
    {
        return {word >> kCountBits, word & (kCounts - 1)};
    }
    constexpr uint64_t word() const
    {
        return (at & (kPlaces - 1)) << kCountBits | (count & (kCounts - 1));
    }
    constexpr uint64_t words_since(const Mark& older) const
    {
        return (at - older.at) & (kPlaces - 1);
    }
    constexpr uint64_t records_since(const Mark& older) const
    {
        return (count - older.count) & (kCounts - 1);
    }
};

struct alignas(kLine) RingHead {
    Word head;                 // the committed end
    alignas(kLine) Word tail;  // the oldest whole record
};

class Ring {
  public:
    // `words` is a power of two, at least 16.
    Ring(RingHead& head, Word* log, size_t words)
        : head_(&head), log_(log), words_(words)
    {}

    // The longest record, in bytes: a quarter of the ring, so that a reader
    // that is a little late still finds what it has not seen.
    size_t most() const { return (words_ / 4 - 1) * sizeof(uint64_t); }

    // Commits a record; false when it is empty or longer than most().
    bool append(ConstBytes record) const;

    // Where a reader begins that wants what is said from now on.
    Mark end() const { return Mark::of(head_->head.load(kAcquire)); }

    struct Got {
        ConstBytes record;  // in the reader's memory
        uint64_t lost = 0;  // records overwritten before they were read
    };
    // The next record, copied to `out` (most() bytes), and moves `mark` on; an
    // empty one says only how many were lost. kNotFound: there is none.
    Result<Got> read(Mark* mark, Bytes out) const;

  private:
    Word& word(uint64_t at) const { return log_[at & (words_ - 1)]; }
    uint64_t size_at(uint64_t at) const;
    Mark make_room(Mark head, uint64_t need) const;
    // To the oldest that is whole; how many records were left behind.
    uint64_t catch_up(Mark* mark) const;

    RingHead* head_;
    Word* log_;
    size_t words_;
};

}  // namespace onair::room
