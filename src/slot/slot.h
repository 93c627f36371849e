// One station's place in the zone: read by anyone, written by whoever holds
// its claim. A view: cheap to copy, owns nothing, valid as long as the mapping.
// Any process may call anything at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/station.h"
#include "poller/lease.h"
#include "slot/source.h"
#include "slot/state.h"

namespace onair::slot {

struct Head;
struct SlotHead;

// Who writes, and how a dead writer is known. is_gone must not say so of a
// process that is merely stopped; one process writes with one thread.
struct Author {
    uint32_t pid = 0;
    poller::IsGone is_gone = nullptr;
};

enum class Told : uint8_t {
    kNothing,  // no subscriber has to know
    kChange,   // seq grew: wake the workers
};

class Slot {
  public:
    std::string_view name() const;
    // The change subscribers were last told of; 0: none yet. One atomic load.
    uint64_t seq() const;
    // Another after each change of the record, told or not. One atomic load.
    uint64_t version() const;

    // Copies the published record to `buffer` (record_capacity() bytes) and
    // unpacks it; the state views buffer and arena (12 KB are always enough).
    // An empty slot is a state with seq 0. Faults: kTorn (try again later,
    // nothing is lost), kNoMemory.
    Result<State> read(Bytes buffer, Arena& arena) const;

    // A source's whole answer about this station. `subscribers` is put in the
    // snapshot's page member. `scratch` is 2 * record_capacity() + 16 KB.
    // Faults: kBusy (another worker is writing: try again in a moment),
    // kNoMemory (scratch too small).
    Result<Told> report(const Report& report, const Source& source,
                        uint32_t subscribers, const Now& now,
                        const Author& author, Bytes scratch);
    // The same of what other machines are to know too.
    Result<Told> report_push(const Report& report, const Source& source,
                             uint32_t subscribers, const Now& now,
                             const Author& author, Bytes scratch);
    // The same of what was said elsewhere. kBusy also when somebody was told
    // anything here since pushed() was `pushed`.
    Result<Told> report_elsewhere(const Report& report, const Source& source,
                                  uint64_t pushed, uint32_t subscribers,
                                  const Now& now, const Author& author,
                                  Bytes scratch);
    // The source answered, whole and good, and this station was not in it.
    // Nothing, where that source never reported here.
    Result<Told> missing(const Source& source, uint32_t subscribers,
                         const Now& now, const Author& author, Bytes scratch);
    // The source could not be asked: state kept, time goes on. And the tick:
    // whether time alone changes what is told (stale, offline, a held-back
    // count, a better source). Cheap when nothing is due. Also finishes or
    // repairs what a writer that died left behind.
    Result<Told> settle(uint32_t subscribers, const Now& now,
                        const Author& author, Bytes scratch);

    // Keys of the sources that have ever reported here; of more than four,
    // the four that matter.
    bool knows(uint32_t source_key) const;
    // Ticks of the last good answer of a source; 0: it never reported here.
    Ticks heard_of(uint32_t source_key) const;
    // Age of the last good report of any source; -1: none.
    int64_t age(Ticks now) const;

    // Other machines are to know what publishers said.
    void push() const;
    // How often that was, and up to which of them they know.
    std::atomic<uint64_t>& pushed() const;
    std::atomic<uint64_t>& crossed() const;

    // Subscribers at other machines.
    std::atomic<uint32_t>& audience_elsewhere() const;
    // Subscribers of this station, as Zone::count_audience().
    void count_audience(size_t worker, int change) const;
    uint32_t audience() const;

  private:
    friend class Zone;
    friend class SlotWriter;
    Slot(Head* zone, SlotHead* head) : zone_(zone), head_(head) {}

    bool nothing_new(const Source& source, uint64_t said, const Now& now);

    Head* zone_;
    SlotHead* head_;
};

}  // namespace onair::slot
