// Who is kept out of a room, or kept silent in it, and until when: a table in
// the zone by digests of the room's name and of whom. Outlives the room.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "room/layout.h"

namespace onair::room {

enum class Penalty : uint8_t { kBan, kMute };

class Bans {
  public:
    Bans() = default;
    Bans(Ban* entries, size_t count) : entries_(entries), count_(count) {}

    // What is banned: an id, or the digest of an address.
    static uint64_t key(std::string_view room, Penalty penalty,
                        std::string_view id);
    static uint64_t key(std::string_view room, Penalty penalty,
                        uint64_t address);

    // `until` replaces an earlier one. kTooMany: the table is full of others
    // that still hold.
    // `also`, another key, is lifted with this one.
    Outcome add(uint64_t key, UnixMs until, UnixMs now,
                uint64_t also = 0) const;
    // False: it did not hold.
    bool lift(uint64_t key, UnixMs now) const;
    // Milliseconds that it still holds; 0: there is none.
    int64_t left(uint64_t key, UnixMs now) const;

    // How many hold: an address that is banned with an id is one with it.
    size_t in_force(UnixMs now) const;

    size_t count() const { return count_; }
    Ban& entry(size_t index) const { return entries_[index]; }

  private:
    Ban* find(uint64_t key) const;

    Ban* entries_ = nullptr;
    size_t count_ = 0;
};

}  // namespace onair::room
