// The rooms of a zone: the table of names, the rings of the workers, bans and
// members. A view of the shared memory, made once, without pointers, locks or
// allocation at run time; outlives HUP. Any process may call anything at any
// time, unless it says otherwise.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "room/bans.h"
#include "room/layout.h"
#include "room/members.h"
#include "room/plan.h"
#include "room/ring.h"
#include "room/room.h"
#include "slot/slot.h"

namespace onair::room {

using slot::Author;

class Rooms {
  public:
    // Without memory: nothing may be asked of it.
    Rooms() = default;
    explicit operator bool() const { return head_ != nullptr; }

    // Formats the memory, which is aligned to a line and has plan.size bytes.
    static Rooms create(Bytes memory, const Plan& plan, uint32_t epoch,
                        ConstBytes secret);
    // Takes memory that create() made. kLayoutChanged.
    static Result<Rooms> open(Bytes memory, const Plan& plan);

    const Plan& plan() const { return head_->plan; }
    uint32_t zone_epoch() const { return head_->epoch; }

    // A name's room. kNotFound.
    Result<Room> find(std::string_view name) const;
    // The same, making it if there is none. Faults: kBadName (as of stations),
    // kZoneFull (counted), kBusy (others add at the same moment: try again).
    Result<Room> find_or_add(std::string_view name, const Author& author,
                             Ticks now) const;
    // The room at a place of the table, of whatever life. kNotFound: free.
    Result<Room> at(size_t index) const;
    // The room of this key. kNotFound: it was forgotten.
    Result<Room> of(const RoomKey& key) const;
    // Other machines have the same rooms.
    bool shared() const { return head_->plan.shared != 0; }
    // Whether the worker of `place` reads what is on its way to the engine.
    bool is_engine_at(size_t place) const
    {
        return head_->engine_place.load(kAcquire) == place + 1;
    }
    size_t capacity() const { return head_->plan.rooms; }
    size_t open_rooms() const;

    // Before a member is let in: counts it, so that the room stays. False:
    // the room was forgotten this moment; find it anew.
    bool enter(const Room& room, size_t place, Role role) const;

    // Forgets a room in which nobody has been for `hold`. False: it stays.
    bool forget(const Room& room, uint64_t hold, const Author& author,
                Ticks now) const;

    // The place from which a worker (its number in the roster) speaks: the one
    // that it has, else a free one. Nobody else has it until the worker is
    // forgotten. kZoneFull: all are taken, now.
    Result<size_t> claim_place(size_t worker) const;
    // kNotFound: it is nobody's.
    Result<size_t> worker_at(size_t place) const;

    // The ring of a place; only its worker appends.
    Ring ring(size_t place) const;
    // Whether the worker of `place` has to be woken to look at the rings, as
    // nobody has done so since it looked last.
    bool has_to_be_woken(size_t place) const;
    // Called by that worker, before it reads.
    void looks(size_t place) const;

    Members members() const;
    Bans bans() const;

    // What a worker that is gone had counted, in every room; its members are
    // absent from now on, and its place is free.
    void forget_worker(size_t worker, Ticks now) const;
    void forget_place(size_t place, Ticks now) const;

    // An epoch that no room of this zone had; never 0.
    uint32_t new_epoch() const;
    // An id that nobody else has: text of at most kMaxId in `out`. `random`
    // makes it hard to guess.
    std::string_view new_id(uint32_t random, std::span<char> out) const;
    void read_secret(std::span<uint8_t, kSecretSize> out) const;
    std::atomic<uint64_t>& times_full() const { return head_->times_full; }
    std::atomic<uint64_t>& members_full() const { return head_->members_full; }
    Head& head() const { return *head_; }

  private:
    explicit Rooms(Head* head) : head_(head) {}

    template <typename T>
    T* part(uint64_t at) const
    {
        // SAFETY: the plan put them there, aligned; create() zeroed them.
        return reinterpret_cast<T*>(reinterpret_cast<uint8_t*>(head_) + at);
    }
    RoomHead& room_head(size_t index) const;
    Word* directory() const { return part<Word>(head_->plan.directory_at); }
    Room view(size_t index, uint32_t life) const;
    size_t reach() const;

    Result<size_t> take_place(std::string_view name,
                              const Author& author) const;
    void reclaim(size_t index, uint64_t seen, const Author& author) const;
    Result<Room> publish(size_t index, std::string_view name,
                         uint64_t hash) const;
    bool is_settled_rival(Word& word, std::string_view name,
                          uint64_t hash) const;
    bool any_rival(const Word* mine, std::string_view name,
                   uint64_t hash) const;
    Word* take_word(uint64_t hash, uint64_t unsettled) const;
    void drop_words_of(size_t index) const;
    void give_back(size_t index) const;

    Head* head_ = nullptr;
};

}  // namespace onair::room
