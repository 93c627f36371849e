// The two buffers of a slot and the word that says which is in force: how a
// record gets from one process to all others without a lock.
//
// Writer, who holds the slot's claim: fill the buffer that is not in force,
// then exchange the word, which fails if it is not the one the writer began
// with. Reader: load the word, copy its buffer word by word, then check that
// the copy's stamp is that word and that the digest is right. So
//   - a writer that dies or stops before the exchange changed nothing;
//   - a reader that is overtaken by two publications sees a wrong stamp or a
//     wrong digest, and tries again with the new word;
//   - a writer that was stopped in the middle of a buffer, believed gone, and
//     then goes on, may spoil the buffer that another has published since:
//     readers see a wrong digest and keep what they have, its own exchange
//     fails, and the next writer starts from the other buffer.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "slot/layout.h"

namespace onair::slot {

class Buffers {
  public:
    // `first` is where the first buffer is; the second follows it.
    Buffers(std::atomic<uint64_t>& word, uint8_t* first, size_t capacity)
        : word_(&word), first_(first), capacity_(capacity)
    {}

    // Bytes of one buffer with its head.
    static size_t size_for(size_t capacity)
    {
        return sizeof(BufferHead) + capacity;
    }

    // Takes the stamps of another life off; before anyone else may look.
    void clear();

    uint64_t word() const { return word_->load(std::memory_order_acquire); }

    // Copies what is in force; `word` becomes its word. Empty when nothing
    // was published. kTorn: no whole copy in a bounded number of tries.
    Result<ConstBytes> read(Bytes out, uint64_t* word) const;

    // The other buffer, if it holds a whole record: the one before `word`.
    Result<ConstBytes> read_other(Bytes out, uint64_t word) const;

    // Publishes `record` (at most capacity bytes) with `seq` in place of
    // `expected`. kFenced: another writer did; nothing was published. `writer`
    // is the process: two that begin with the same word and write as much do
    // not end with the same word, or the late one's record would be taken for
    // what the other has published.
    Outcome publish(ConstBytes record, uint64_t seq, uint64_t expected,
                    uint32_t writer);

  private:
    BufferHead& head(uint32_t index) const;
    std::atomic<uint64_t>* words(uint32_t index) const;
    bool copy(uint32_t index, uint64_t stamp, size_t length, Bytes out) const;

    std::atomic<uint64_t>* word_;
    uint8_t* first_;
    size_t capacity_;
};

}  // namespace onair::slot
