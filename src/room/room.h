// One room of a zone: its numbers, modes, counts and history. A view: cheap to
// copy, owns nothing, valid as long as the mapping. Any process may call
// anything at any time; counts are written by each worker in its own cell.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "room/history.h"
#include "room/layout.h"
#include "room/members.h"

namespace onair::room {

enum class Who : uint8_t { kAll, kMembers, kModerators, kNobody };
inline constexpr size_t kWhos = 4;
std::string_view word(Who who);
Result<Who> who_of(std::string_view word);  // kNotFound

struct Modes {
    uint32_t slow_ms = 0;  // between two of one member
    Who who = Who::kAll;   // may say
    bool unique = false;   // nothing that was said a moment ago
    bool closed = false;   // nobody new comes in
    bool operator==(const Modes&) const = default;

    static Modes of(uint64_t word);
    uint64_t word() const;
};

// How far it reaches that something is said.
enum class Reach : uint8_t {
    kOneMachine,  // there are no others
    kAll,
    kLocal,  // there are others, and the engine is away
};
std::string_view word(Reach reach);  // empty: kOneMachine

struct Counts {
    uint32_t connections = 0;  // robots too
    uint32_t roles[kRoles] = {};
    // Everybody but robots.
    uint32_t members() const
    {
        return connections - roles[static_cast<size_t>(Role::kRobot)];
    }
};

class Room {
  public:
    Room() = default;
    Room(const Plan* plan, RoomHead* head, RoomKey key, Cell* cells,
         History history)
        : plan_(plan), head_(head), key_(key), cells_(cells), history_(history)
    {}

    const RoomKey& key() const { return key_; }
    // This life of it is not over.
    bool is_open() const;
    // A copy in `out`, which has kMaxName bytes.
    std::string_view name(std::span<char> out) const
    {
        return head_->name.get(out);
    }
    uint32_t epoch() const
    {
        return static_cast<uint32_t>(head_->epoch.load(kAcquire));
    }
    uint64_t seq() const { return head_->seq.load(kAcquire); }
    uint64_t next_seq() const { return head_->seq.fetch_add(1, kInOrder) + 1; }

    Modes modes() const { return Modes::of(head_->modes.load(kAcquire)); }
    void set_modes(const Modes& modes) const
    {
        head_->modes.store(modes.word(), kRelease);
    }

    const History& history() const { return history_; }

    // Members by way of the worker `place`, which is the caller's own.
    void count(size_t place, Role role, int change) const;
    uint32_t here(size_t place) const;
    Counts counts() const;

    Reach reach() const
    {
        return static_cast<Reach>(head_->reach.load(kAcquire) % 3);
    }
    // Members, those of other machines too.
    uint32_t members_everywhere() const
    {
        return counts().members() +
               static_cast<uint32_t>(head_->others.load(kRelaxed));
    }
    // Reactions, likewise.
    uint64_t reactions_everywhere(size_t which) const
    {
        return reactions(which) + head_->others_reacted[which].load(kRelaxed);
    }

    void react(size_t which, uint64_t more) const
    {
        head_->reactions[which].fetch_add(more, kRelaxed);
    }
    uint64_t reactions(size_t which) const
    {
        return head_->reactions[which].load(kRelaxed);
    }

    // Once in a while, by whichever worker is there first: watch time goes on,
    // the peak where `live`, and the time since which nobody is here.
    void tick(Ticks now, bool live) const;
    uint64_t watched_ms() const { return head_->watched.load(kRelaxed); }
    uint32_t peak() const
    {
        return static_cast<uint32_t>(head_->peak.load(kRelaxed));
    }
    // Milliseconds that nobody has been here; 0: somebody is.
    uint64_t empty_for(Ticks now) const;

    RoomHead& head() const { return *head_; }

  private:
    Cell& cell(size_t place) const { return cells_[place * plan_->rooms]; }

    const Plan* plan_ = nullptr;
    RoomHead* head_ = nullptr;
    RoomKey key_;
    Cell* cells_ = nullptr;  // of place 0; others are plan.rooms further
    History history_{dummy_, nullptr, 1, nullptr, 1};
    static HistoryHead dummy_;
};

}  // namespace onair::room
