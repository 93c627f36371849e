// How many connections each client address has, over all workers: what the
// caps on connections are checked against. A fixed table in the zone of words
// [hash of address 40 bits | worker 8 | count 16]; a worker writes only words
// of its own, so that a crash loses nothing that forget() cannot find. Also one
// count a worker, for the zone-wide cap.
//
// An address has a word for each worker that it has connections to, within a
// reach of the table that has room for all workers. One that finds its reach
// full is let in and not counted (but
// counted as overflow): a cap must never refuse for want of room. The table
// has 32,768 words (256 KB) in a zone of 2 MB or more, else an eighth of the
// zone, at least 512 words.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace onair::slot {

inline constexpr size_t kMostAddressWords = 32768;
inline constexpr size_t kLeastAddressWords = 1024;
inline constexpr size_t kAddressWorkers = 256;
// Words in which an address may have its own: of all workers that have a place
// (Roster), and of those without.
inline constexpr size_t kAddressReach = 136;

struct AddressCounts {
    std::atomic<uint64_t> overflows;  // connections let in without a count
    std::atomic<uint32_t> of_worker[kAddressWorkers];
};

// A view; owns nothing. Any process may call anything at any time, but enter
// and leave only for its own worker index (see Roster).
class Addresses {
  public:
    Addresses(AddressCounts& counts, std::span<std::atomic<uint64_t>> words)
        : counts_(&counts), words_(words)
    {}

    // Counts a connection. False: it would pass a cap (0: no cap) and is not
    // counted. Never more than the caps; two that come at the same instant for
    // the last place may both be refused.
    bool enter(uint64_t address_hash, uint8_t worker, uint32_t per_ip,
               uint32_t zone_wide);
    // For each enter() that was true.
    void leave(uint64_t address_hash, uint8_t worker);
    // All of a worker's; to be called by whoever claims its roster entry,
    // before it lets anyone in.
    void forget(uint8_t worker);

    uint64_t connections() const;  // zone-wide
    uint64_t connections(uint64_t address_hash) const;
    uint64_t overflows() const;

  private:
    // Stops where visit(word) says so.
    template <typename Visit>
    bool any_in_reach(uint64_t address_hash, Visit visit) const;
    bool count_up(uint64_t address_hash, uint8_t worker);
    bool count_down(uint64_t address_hash, uint8_t worker);

    AddressCounts* counts_;
    std::span<std::atomic<uint64_t>> words_;
};

}  // namespace onair::slot
