// Writes one slot once: claim, read, decide, publish, release. Made on the
// stack by Slot's functions, in whatever process calls them.
#pragma once

#include <array>

#include "slot/buffers.h"
#include "slot/hearing.h"
#include "slot/settling.h"
#include "slot/slot.h"

namespace onair::slot {

inline constexpr size_t kScratchRoom = 16384;  // besides the two records

// What is heard from a source; without a source: only time went by.
struct Heard {
    const Source* source = nullptr;
    const Report* report = nullptr;  // nullptr: the station was missing
    uint64_t said = 0;               // digest_of() it
    // If it holds only as long as nobody was told anything here: Slot::pushed()
    // when that was decided.
    const uint64_t* pushed = nullptr;
    bool is_push = false;  // other machines are to know
};

// What a slot held, wherever that was kept, and how far the clock of its ticks
// has moved since.
struct Kept {
    ConstBytes record;
    std::array<Ticks, kMaxSources> good{};
    int64_t moved_ms = 0;
};

class SlotWriter {
  public:
    SlotWriter(const Slot& slot, const Author& author, const Now& now)
        : zone_(slot.zone_),
          head_(slot.head_),
          author_(author),
          now_(now),
          buffers_(buffers_of(slot))
    {}

    static Buffers buffers_of(const Slot& slot);
    // The record in force, in `buffer`, and how good its sources were. Empty
    // when nothing was published. kTorn.
    static Result<Kept> kept(const Slot& slot, Bytes buffer);

    Result<Told> write(const Heard& heard, uint32_t subscribers, Bytes scratch);
    // What another slot held goes to this one, of which nobody knows yet.
    // kTorn: there is nothing whole to take. `scratch` is record_capacity() +
    // kScratchRoom, besides what `kept` views.
    Outcome adopt(const Kept& kept, Bytes scratch);

  private:
    bool claim();
    void release();
    Result<Told> write_claimed(const Heard& heard, uint32_t subscribers,
                               Bytes scratch);
    void load(Record& record, Bytes buffer);
    Outcome publish(Record& record, const Heard& heard, size_t index,
                    Bytes buffer);
    Told finish(Ticks due);
    void distrust();

    Head* zone_;
    SlotHead* head_;
    const Author& author_;
    const Now& now_;
    Buffers buffers_;
    uint64_t word_ = 0;
};

}  // namespace onair::slot
