// Who has which connection id, PeerJS id or topic, over all workers: a table in
// shared memory of its own. An entry says who sits there by handles, which name
// a worker's place in the roster and a number there; what is said travels
// between the workers and is never here.
//
// Entries are changed under a claim of their stripe, which names the process;
// each change is a few stores, and half of one is a whole entry or none. A
// claim of a process that is gone is taken over. One that merely stands still
// makes nobody wait for long: the others get kBusy for the ids of that stripe.
#pragma once

#include <atomic>
#include <span>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "slot/slot.h"

namespace onair::signalling {

// A connection: its worker's place plus one above, a number of 24 bits below.
using Handle = uint32_t;
inline constexpr Handle kNobodyThere = 0;
inline constexpr unsigned kNumberBits = 24;
inline constexpr uint32_t kNumbers = uint32_t{1} << kNumberBits;

constexpr Handle handle_of(size_t place, uint32_t number)
{
    return static_cast<Handle>(place + 1) << kNumberBits |
           (number & (kNumbers - 1));
}
constexpr size_t place_of(Handle handle)
{
    return static_cast<size_t>(handle >> kNumberBits) - 1;
}
constexpr uint32_t number_of(Handle handle)
{
    return handle & (kNumbers - 1);
}

// What an entry is of; it goes into its key.
enum class Space : uint8_t {
    kNone,
    kPair,   // a connection id: first and second; extra: for how many ms the
             // seat of a broken connection is held; since: one broke, Ticks
    kPeer,   // a PeerJS id: first; extra: its token; since: left, Ticks
    kHere,   // a worker's members of a room: first: of the worker; extra: count
    kTopic,  // a worker's subscribers of a topic: likewise
};

struct Seat {
    Handle first = kNobodyThere;
    Handle second = kNobodyThere;
    uint64_t extra = 0;
    uint64_t since = 0;  // 56 bits

    bool empty() const
    {
        return first == kNobodyThere && second == kNobodyThere && extra == 0 &&
               since == 0;
    }
    bool operator==(const Seat&) const = default;
};

class Seats {
  public:
    static constexpr size_t kPlaces = 128;  // as in the roster
    static constexpr size_t kSecretSize = 32;

    Seats() = default;
    static size_t size_for(size_t entries);
    // As many as fit, a power of two. kZoneTooSmall.
    static Result<Seats> create(Bytes memory,
                                std::span<const uint8_t, kSecretSize> secret);
    static Result<Seats> open(Bytes memory);  // kLayoutChanged

    // Nobody can tell which names share a key. Never 0.
    uint64_t key(Space space, std::string_view room,
                 std::string_view name) const;
    uint64_t key_of_worker(Space space, std::string_view name,
                           size_t place) const;

    // Calls change(Seat*) with what is there (an empty one where nothing is)
    // and puts down what it left. Faults: kBusy, kZoneFull; nothing is changed
    // then.
    template <typename Change>
    Outcome change(Space space, uint64_t key, const slot::Author& author,
                   Change change) const
    {
        if (!lock(key, author)) {
            return Fault::kBusy;
        }
        Entry* entry = find(key);
        Seat seat = entry != nullptr ? read(*entry) : Seat();
        change(&seat);
        Outcome done = write(space, key, entry, seat);
        unlock(key);
        return done;
    }
    // What is there this moment, without a claim.
    Seat look(uint64_t key) const;

    // The number of a new connection of this place.
    uint32_t new_number(size_t place) const;
    // Numbers given so far, for forget(); to be asked before it is found that
    // the place's worker is gone.
    uint32_t numbers(size_t place) const;
    // The worker that may have connections at a place; 0: none.
    std::atomic<uint64_t>& holder(size_t place) const;

    // Calls lost(space, key, Seat*, Handle) for each handle of this place with
    // a number before `bound`, which is to take it out. False: some were busy,
    // and it has to be done again.
    template <typename Lost>
    bool forget(size_t place, uint32_t bound, const slot::Author& author,
                Lost lost) const
    {
        bool all = true;
        for (size_t i = 0; i < capacity(); i++) {
            Seat seen = read(entry(i));
            for (Handle handle : {seen.first, seen.second}) {
                if (handle == kNobodyThere || place_of(handle) != place ||
                    !is_before(number_of(handle), bound)) {
                    continue;
                }
                all = lose(i, handle, author, lost) && all;
            }
        }
        return all;
    }
    // Takes out what over(space, Seat) says.
    template <typename Over>
    void sweep(const slot::Author& author, Over over) const
    {
        for (size_t i = 0; i < capacity(); i++) {
            uint64_t key = entry(i).key.load(std::memory_order_acquire);
            if (key == 0 || !over(space_of(entry(i)), read(entry(i)))) {
                continue;
            }
            Space space = space_of(entry(i));
            (void)change(space, key, author, [&](Seat* seat) {
                *seat = over(space, *seat) ? Seat() : *seat;
            });
        }
    }

    size_t capacity() const;
    size_t used() const;  // counted anew with each call

  private:
    using Word = std::atomic<uint64_t>;
    struct Entry {
        Word key;  // 0: free
        Word pair;
        Word extra;
        Word mark;  // space and since
    };
    struct Head;
    explicit Seats(Head* head) : head_(head) {}

    bool lock(uint64_t key, const slot::Author& author) const;
    void unlock(uint64_t key) const;
    Word& stripe(uint64_t key) const;
    Entry& entry(size_t index) const;
    Entry* find(uint64_t key) const;
    Entry* take_free(uint64_t key) const;
    static Seat read(const Entry& entry);
    static Space space_of(const Entry& entry);
    Outcome write(Space space, uint64_t key, Entry* entry,
                  const Seat& seat) const;
    static constexpr bool is_before(uint32_t number, uint32_t bound)
    {
        return ((bound - number - 1) & (kNumbers - 1)) < kNumbers / 2;
    }

    template <typename Lost>
    bool lose(size_t index, Handle handle, const slot::Author& author,
              Lost lost) const
    {
        uint64_t key = entry(index).key.load(std::memory_order_acquire);
        Space space = space_of(entry(index));
        return key == 0 ||
               change(space, key, author, [&](Seat* seat) {
                   if (seat->first == handle || seat->second == handle) {
                       lost(space, key, seat, handle);
                   }
               }).ok();
    }

    Head* head_ = nullptr;
};

}  // namespace onair::signalling
