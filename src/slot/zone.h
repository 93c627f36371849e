// The zone: shared memory that holds the stations of a server. Fixed layout
// made once, no pointers, no allocation and no lock at run time; outlives HUP.
//
//   head | lease | poll entries | addresses | directory | slots
//
// A slot has two buffers and one published word (generation, index, length)
// with a checksum, so that a writer that dies at any step leaves the last good
// record in force. One writer at a time claims a slot by pid; the claim of a
// dead process is taken over. Readers never wait: they copy, check, retry a
// bounded number of times and else keep what they have.
//
// A Zone and a Slot are views: cheap to copy, own nothing, valid as long as
// the mapping. Any process may call anything at any time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "poller/lease.h"
#include "slot/addresses.h"
#include "slot/polls.h"
#include "slot/slot.h"
#include "slot/state.h"

namespace onair::slot {

struct Elsewhere;

struct Options {
    size_t stations = 0;  // 0: as many as fit with 32 KB each
    size_t history = 10;  // tracks kept, the present one not counted; 0 to 50
    size_t beside = 0;    // bytes at the end for other stages
    bool operator==(const Options&) const = default;
};

class Zone {
  public:
    // Without memory: nothing may be asked of it.
    Zone() = default;

    // Bytes that `options` need at the least; with options.stations 0, for one.
    static size_t least_size(const Options& options);

    // Formats the memory. `random` makes the epoch (never 0).
    // Fault: kZoneTooSmall.
    static Result<Zone> create(Bytes memory, const Options& options,
                               uint32_t random);
    // Takes memory that create() made, perhaps in another life of the server.
    // Fault: kLayoutChanged (magic, version, sizes or options differ).
    static Result<Zone> open(Bytes memory, const Options& options);

    // Takes over the stations of another zone with all that was told and heard
    // of them, as many as find a place and as much as fits; what its writers
    // publish afterwards stays there. For a zone just created, that nobody
    // else sees yet. Bytes of scratch: inherit_scratch(). The stations taken.
    size_t inherit(const Zone& old, const Author& author, Bytes scratch) const;
    size_t inherit_scratch(const Zone& old) const;

    uint32_t epoch() const;
    size_t capacity() const;
    size_t stations() const;         // names taken; only grows
    size_t record_capacity() const;  // bytes of one record
    size_t history() const;

    // Slots are numbered 0 .. stations()-1 in the order of their birth.
    Slot slot(size_t index) const;
    // Index of a name. kNotFound.
    Result<size_t> find(std::string_view name) const;
    // The same, taking a free slot if there is none yet.
    // Faults: kZoneFull (counted), kBadName (empty, longer than kMaxName, with
    // control characters, not UTF-8, or "*"), kBusy (another worker is adding
    // one just now).
    Result<size_t> find_or_add(std::string_view name,
                               const Author& author) const;

    // Cheap for 1,000 stations: grows whenever any seq does.
    uint64_t changes() const;
    // How many of them a file of the zone's states has, and which file that is
    // (any number that tells it from another).
    std::atomic<uint64_t>& saved() const;
    std::atomic<uint64_t>& saved_as() const;

    poller::Lease& lease() const;
    std::atomic<uint64_t>& times_full() const;
    // Grows with each "poll now" (publisher, feed, first subscriber).
    std::atomic<uint64_t>& hurries() const;

    // The figures of a poll location, by a key that names it over reloads;
    // made when there are none. Entries are never given back. kTooMany.
    Result<PollEntry*> find_or_add_poll(uint32_t key, std::string_view name);
    size_t polls() const;  // entries taken
    PollEntry& poll(size_t index) const;

    // Connections by client address, over all workers.
    Addresses addresses() const;

    // Subscribers of the zone, by the worker (its place in the roster) that
    // holds them, and over all workers.
    void count_audience(size_t worker, int change) const;
    uint32_t audience() const;
    // Those who want all stations, whom every station has; they are counted
    // by count_audience() as well.
    void count_audience_of_all(size_t worker, int change) const;
    uint32_t audience_of_all() const;
    // Ticks of the last plain request that looked at the zone; 0: never.
    std::atomic<uint64_t>& last_interest() const;
    // How its stations stand with those of other machines.
    Elsewhere& elsewhere() const;
    // Memory that other stages laid out, aligned to a line; options.beside
    // bytes.
    Bytes beside() const;
    // What a worker that is gone had counted, here and in every slot;
    // kMaxWorkers: all those without a place in the roster.
    void forget_worker(size_t worker) const;

  private:
    explicit Zone(Head* head) : head_(head) {}

    std::atomic<uint64_t>* directory() const;
    SlotHead& slot_head(size_t index) const;
    Result<size_t> add(std::string_view name, uint64_t hash) const;
    void drop_unfinished_names() const;

    Head* head_ = nullptr;
};

}  // namespace onair::slot
