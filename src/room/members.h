// Who is in which room, over all workers: a table in the zone. What is said to
// one is only taken where that one is in it; lists, tokens, slow mode and
// answers given twice need it too. Counts do not: they are in the cells.
//
// An entry is found by room and id within a short reach of its hash. It is
// claimed by the worker that has the connection, held for a while without one
// (absent) when the connection broke or the worker died, and then forgotten.
// Two connections of one id are two entries; one is not held where another of
// its id is there. What its member said and when stands in the first of them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "room/layout.h"

namespace onair::room {

// A room in one of its lives.
struct RoomKey {
    uint32_t index = 0;
    uint32_t life = 0;
    uint64_t word() const { return uint64_t{life} << 32 | index; }
    static RoomKey of(uint64_t word)
    {
        return {static_cast<uint32_t>(word), static_cast<uint32_t>(word >> 32)};
    }
    bool operator==(const RoomKey&) const = default;
};

struct Member {
    std::string_view id;
    std::string_view name;
    Role role = Role::kParticipant;
    bool known = false;    // the operator said who it is
    uint64_t sender = 0;   // number of its connection
    uint64_t address = 0;  // digest of its address; 0: unknown
    UnixMs since = 0;
};

// An entry as somebody found it: good as long as its word is this one.
struct Found {
    size_t index = SIZE_MAX;
    uint64_t word = 0;
    bool absent = false;
};

class Members {
  public:
    Members() = default;
    Members(MemberEntry* entries, size_t count)
        : entries_(entries), count_(count)
    {}

    // Places a new one with the worker `place`. kZoneFull: also where some
    // within its reach are only absent, see forget_oldest().
    Result<size_t> add(const RoomKey& room, const Member& member,
                       size_t place) const;
    // The same for one who comes back to an absent entry; false: somebody
    // else was quicker, or it was forgotten.
    bool take_back(const Found& found, const Member& member,
                   size_t place) const;
    // Its connection is gone, but it may come back. Where another of its id is
    // there, that one has from now on what this one said, and this is true: the
    // entry is free.
    bool set_absent(size_t index, Ticks now) const;
    // It does not come back; false: it has done so meanwhile.
    bool forget(size_t index) const;
    void remove(size_t index) const;

    // What the one has said, and when, holds for the other too: of the same id.
    void hand_over(size_t from, size_t to) const;

    // The entry of this id; one with a connection goes before one without.
    // kNotFound.
    Result<Found> find(const RoomKey& room, std::string_view id) const;
    // What is in an entry; texts are in `room_for_texts` (128 bytes). kTorn:
    // it changed meanwhile.
    Result<Member> read(const Found& found, Bytes texts) const;

    // Calls visit(found, member) for the entries of a room.
    template <typename Visit>
    void each(const RoomKey& room, Visit visit) const
    {
        for (size_t i = 0; i < count_; i++) {
            uint8_t texts[kMaxId + kMaxMemberName];
            Found found = at(i);
            if (found.word == 0 ||
                entries_[i].room.load(kRelaxed) != room.word()) {
                continue;
            }
            Result<Member> member = read(found, texts);
            if (member.ok()) {
                visit(found, *member);
            }
        }
    }

    // Entries of a worker that is gone: nobody writes to them any more.
    void forget_worker(size_t place, Ticks now) const;
    // Forgets those absent for longer than `hold`, at most `most` entries from
    // `from` on; calls gone(room word, member) for each.
    template <typename Gone>
    void forget_absent(Ticks now, uint64_t hold, size_t from, size_t most,
                       Gone gone) const
    {
        for (size_t n = 0; n < most && n < count_; n++) {
            Found found = at((from + n) % count_);
            if (!found.absent || !is_over(found, now, hold)) {
                continue;
            }
            uint8_t texts[kMaxId + kMaxMemberName];
            uint64_t room = entries_[found.index].room.load(kRelaxed);
            Result<Member> member = read(found, texts);
            if (drop(found) && member.ok()) {
                gone(room, *member);
            }
        }
    }
    // Forgets the one that is absent for the longest of those whose place this
    // id could have, and calls gone(room word, member); false: none is absent.
    template <typename Gone>
    bool forget_oldest(const RoomKey& room, std::string_view id,
                       Gone gone) const
    {
        Found found = oldest_absent(room, id);
        uint8_t texts[kMaxId + kMaxMemberName];
        if (found.word == 0) {
            return false;
        }
        uint64_t word = entries_[found.index].room.load(kRelaxed);
        Result<Member> member = read(found, texts);
        if (drop(found) && member.ok()) {
            gone(word, *member);
        }
        return true;
    }
    // Whoever was in a room that is forgotten.
    void forget_room(const RoomKey& room) const;

    // Distinct ids in a room that have a connection.
    size_t people(const RoomKey& room) const;

    MemberEntry& entry(size_t index) const { return entries_[index]; }
    size_t count() const { return count_; }

  private:
    Found at(size_t index) const;
    Found oldest_absent(const RoomKey& room, std::string_view id) const;
    bool drop(const Found& found) const;
    bool is_over(const Found& found, Ticks now, uint64_t hold) const;
    void fill(MemberEntry& entry, const Member& member) const;
    bool is_first(const RoomKey& room, size_t index) const;

    MemberEntry* entries_ = nullptr;
    size_t count_ = 0;
};

}  // namespace onair::room
