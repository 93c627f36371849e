// A connection that is in rooms, whatever its transport, and its membership of
// each. Owned by its connection; a membership leaves its room when it ends.
#pragma once

#include "ngx_module/conf/conf.h"
#include "ngx_module/fanout/encoding.h"
#include "room/talk.h"

namespace onair::ngx {

class Guest;
class RoomHere;
class Tongue;

inline constexpr size_t kMostRoomsOfGuest = 16;

// One guest in one room.
struct Membership {
    RoomHere* here = nullptr;
    Guest* guest = nullptr;
    Membership* next_here = nullptr;
    Membership* prev_here = nullptr;
    Membership* next_of_guest = nullptr;
    // LIFETIME: its texts stand behind the object.
    room::Speaker who;
    // Numbers up to this one it saw by way of another worker.
    uint64_t seen_elsewhere = 0;
};

// Who a client is, as the request that brought it says.
struct Identity {
    std::string_view id;    // by onair_member; empty: ours to give
    std::string_view name;  // likewise, cleaned; empty: the client's to choose
    room::Role role = room::Role::kParticipant;
    uint64_t address = 0;
};

class Guest {
  public:
    Guest() = default;
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;

    // Sends, or keeps until what is under way has gone. A guest for which too
    // much is kept is let go.
    virtual void push(const FramePtr& frame) noexcept = 0;
    virtual Encoding form() const noexcept = 0;
    // nullptr: our own words (docs/wire.md).
    virtual const Tongue* tongue() const noexcept { return nullptr; }
    // Something of the room was lost to it. True: it left this room, and its
    // client comes back and asks for what it missed.
    virtual bool comes_back(Membership*) noexcept { return false; }
    // It is not to be here any more.
    virtual void dismiss(std::string_view why) noexcept = 0;

    virtual const LocConf* location() const noexcept = 0;
    // Its texts are the guest's.
    Identity identity() const
    {
        return {{texts_, id_size_},
                {texts_ + id_size_, name_size_},
                role_,
                address_};
    }
    // Copies the texts; false without memory.
    bool identify(const Identity& identity);

    // It is told of events only: counts and reactions can wait for one.
    virtual bool only_events() const noexcept { return false; }

    // nullptr: it is not in this room. Without a name, the room that it
    // entered first.
    Membership* member_of(std::string_view room) const;
    Membership* memberships = nullptr;
    // Names its connection in all its rooms; 0: each room gives it a number.
    uint64_t sender = 0;
    // What it may still ask that is no member's: to enter, to leave, a list.
    room::Word pace{0};
    // Of rooms that it left: who enters again gains nothing by it.
    uint64_t left_said_at = 0;
    uint64_t left_pace = 0;
    // Its greeting told it something that it did not know.
    bool has_news = false;

  protected:
    ~Guest() { ngx_free(texts_); }

  private:
    // An Identity, in half of its size: most connections are quiet guests.
    char* texts_ = nullptr;
    uint64_t address_ = 0;
    uint16_t id_size_ = 0;
    uint16_t name_size_ = 0;
    room::Role role_ = room::Role::kParticipant;
};

// How a client wants to enter.
struct Entering {
    std::string_view room;
    std::string_view name;  // as the client gives it
    std::string_view token;
    bool has_since = false;
    bool bad_since = false;
    encoder::EventId since;
};

struct Joined {
    room::Verdict verdict;
    Membership* membership = nullptr;  // nullptr: refused
    FramePtr first;  // what it is greeted with; empty for another tongue
};

// No two connections of a server have the same.
uint64_t new_sender();

// Lets a guest into a room.
Joined join(Guest* guest, const Entering& entering);
// `for_good`: by its own word; else it may come back within the hold.
void part(Membership* membership, bool for_good);
void part_all(Guest* guest, bool for_good);

// What the core needs to know to act for a member of this location.
room::Rules rules_of(const LocConf* conf);
room::Floor floor_of(ZoneConf* zone, const room::Room& room);
// Wakes the workers that have members of the room; this one looks at once.
void tell_room(ZoneConf* zone, const room::Room& room);

}  // namespace onair::ngx
