// The last messages of one room, in the zone: what who comes late is shown, and
// what a worker that was overtaken looks up. A room has its own, so that a loud
// one does not evict a quiet one's.
//
//   entries, by the message's ordinal | bytes of the messages, around
//
// Any worker appends, without waiting: ordinal and room for the bytes are taken
// by fetch_add. One that dies leaves an entry without its stamp; one that was
// stopped for a whole lap may spoil bytes of a later message, whose digest then
// is wrong. Both read as a message that is not there, and `gap()` says so. The
// ring, not the history, is what those who stay connected depend on.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "room/shared.h"

namespace onair::room {

struct HistoryHead {
    Word count;    // messages ever taken in
    Word bytes;    // words ever taken
    Word evicted;  // numbers up to this one may be missing
    Word cleared;  // numbers up to this one are not to be shown
};

struct HistoryEntry {
    Word stamp;  // ordinal + 1; 0: nothing whole
    Word seq;
    Word place;  // words ever taken before its own
    Word size;   // bytes
    Word sum;    // digest of seq, keys and bytes
    Word from;   // key of who said it
    Word said;   // key of what was said
    Word removed;
};

class History {
  public:
    History(HistoryHead& head, HistoryEntry* entries, size_t count, Word* words,
            size_t size)
        : head_(&head),
          entries_(entries),
          count_(count),
          words_(words),
          size_(size)
    {}

    // For a room that nobody else sees yet.
    void reset() const;
    // Of one whose numbers begin anew, by who alone appends to it: nothing is
    // there, and what was up to `evicted` never will be.
    void begin_anew(uint64_t evicted) const;
    // The number of the message appended last; 0: none, or it is not whole.
    uint64_t newest() const;

    struct Keys {
        uint64_t from = 0;
        uint64_t said = 0;
    };
    // A message that is too long for the history is left out of it, and told
    // as a gap to those who come back from before it.
    void append(uint64_t seq, const Keys& keys, ConstBytes packed) const;

    // Calls visit(seq, packed) for those with since < seq <= until that are to
    // be shown, oldest first by ordinal, at most the last `most`. `out` has
    // room for the longest message.
    template <typename Visit>
    void each(uint64_t since, uint64_t until, size_t most, Bytes out,
              Visit visit) const
    {
        uint64_t end = head_->count.load(kAcquire);
        uint64_t first = first_of(since, until, most, end);
        for (uint64_t i = first; i < end; i++) {
            uint64_t seq = 0;
            Result<ConstBytes> packed = read(i, out, &seq);
            if (packed.ok() && seq > since && seq <= until) {
                visit(seq, *packed);
            }
        }
    }

    // Whether one who saw all up to `since` may have missed something that
    // each() does not give.
    bool gap(uint64_t since, Bytes out) const;
    // Whether one of the last `most` said this.
    bool was_said(uint64_t key, size_t most) const;

    // Takes from it; false where there is no such message.
    bool remove(uint64_t seq) const;
    size_t remove_from(uint64_t from) const;
    void clear(uint64_t until) const { raise(head_->cleared, until); }

    size_t entries() const { return count_; }
    size_t longest() const { return size_ * sizeof(uint64_t) / 2; }

  private:
    HistoryEntry& entry(uint64_t ordinal) const
    {
        return entries_[ordinal % count_];
    }
    uint64_t oldest(uint64_t end) const
    {
        return end > count_ ? end - count_ : 0;
    }
    bool is_shown(uint64_t ordinal) const;
    uint64_t first_of(uint64_t since, uint64_t until, size_t most,
                      uint64_t end) const;
    Result<ConstBytes> read(uint64_t ordinal, Bytes out, uint64_t* seq) const;
    Result<ConstBytes> copy(uint64_t ordinal, Bytes out) const;

    HistoryHead* head_;
    HistoryEntry* entries_;
    size_t count_;
    Word* words_;
    size_t size_;  // words
};

}  // namespace onair::room
