// A zone in memory of its own and a station in it, with a clock to be moved by
// hand: what most tests of the slot begin with.
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "unit/cmocka.h"

#include "slot/layout.h"
#include "slot/zone.h"

namespace onair::slot {

inline bool nobody_is_gone(uint32_t)
{
    return false;
}

// The slot head, for tests that spoil what is in it.
inline SlotHead& raw_slot(Bytes memory, size_t index)
{
    // SAFETY: the memory is that of a zone just made, aligned to a line.
    auto* head = reinterpret_cast<Head*>(memory.data());
    return *reinterpret_cast<SlotHead*>(memory.data() + head->plan.slots_at +
                                        index * head->plan.slot_size);
}

class Rig {
  public:
    explicit Rig(Options options = {4, 10}, size_t size = 0)
    {
        size_ = size != 0 ? size : Zone::least_size(options) + 4 * 32768;
        size_ = (size_ + 63) / 64 * 64;
        memory_ = static_cast<uint8_t*>(aligned_alloc(64, size_));
        auto made = Zone::create(memory(), options, 7);
        assert_true(made.ok());
        zone_.emplace(*made);
        scratch_.resize(2 * zone().record_capacity() + 16384);
        buffer_.resize(zone().record_capacity());
        room_.resize(12288);
    }
    ~Rig() { free(memory_); }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    Bytes memory() { return {memory_, size_}; }
    Zone& zone() { return *zone_; }

    Slot slot(std::string_view name = "rock")
    {
        auto index = zone().find_or_add(name, author);
        assert_true(index.ok());
        return zone().slot(*index);
    }

    // True when subscribers were told.
    bool report(const Report& report, const Source& source)
    {
        auto told = slot().report(report, source, 5, now, author, scratch_);
        assert_true(told.ok());
        return *told == Told::kChange;
    }
    bool missing(const Source& source)
    {
        auto told = slot().missing(source, 5, now, author, scratch_);
        assert_true(told.ok());
        return *told == Told::kChange;
    }
    bool settle()
    {
        auto told = slot().settle(5, now, author, scratch_);
        assert_true(told.ok());
        return *told == Told::kChange;
    }

    Result<State> try_read()
    {
        arena_.emplace(Bytes(room_));
        return slot().read(buffer_, *arena_);
    }
    // Good until the next read.
    State read()
    {
        auto state = try_read();
        assert_true(state.ok());
        return *state;
    }

    std::string title()
    {
        State state = read();
        return state.now() != nullptr ? std::string(state.now()->title) : "";
    }

    void pass(uint64_t ms)
    {
        now.ticks += ms;
        now.unix_ms += static_cast<int64_t>(ms);
    }

    Now now = {1000000, 1760000000000};
    Author author = {100, nobody_is_gone};
    Bytes scratch() { return scratch_; }
    Bytes buffer() { return buffer_; }

  private:
    uint8_t* memory_ = nullptr;
    size_t size_ = 0;
    std::optional<Zone> zone_;
    std::optional<Arena> arena_;
    std::vector<uint8_t> scratch_, buffer_, room_;
};

inline Report playing(std::string_view title)
{
    Report r;
    r.on_air = true;
    r.now.text = title;
    r.now.title = title;
    return r;
}

inline Source source_of(uint32_t key, uint8_t priority = 0)
{
    Source s;
    s.key = key;
    s.priority = priority;
    return s;
}

}  // namespace onair::slot
