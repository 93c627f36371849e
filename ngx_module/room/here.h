// One room, as far as it has members in this worker: what was said is put into
// order, collected for a window, encoded once, and sent to all in slices.
#pragma once

#include "ngx_module/base/timer.h"
#include "ngx_module/room/guest.h"
#include "room/event.h"
#include "room/order.h"

namespace onair::ngx {

struct RoomBatch;
struct RoomEvent;

// Memory for one packed message, for one piece of work.
Bytes packed_memory();

class RoomHere {
  public:
    // `conf`: the location that concerns the room, that of the first member.
    RoomHere(ZoneConf* zone, const room::Room& room, const LocConf* conf);
    ~RoomHere();
    RoomHere(const RoomHere&) = delete;
    RoomHere& operator=(const RoomHere&) = delete;

    void add(Membership* membership);
    void remove(Membership* membership);
    bool empty() const { return first_ == nullptr; }
    // Empty, and not sending either.
    bool idle() const { return first_ == nullptr && batch_ == nullptr; }

    // A message of any ring.
    void take(const room::Message& message, ConstBytes packed);
    // In which numbers what was shown last is.
    uint32_t epoch() const { return epoch_; }
    // A reader of the rings has missed something, perhaps of this room.
    void overtaken();
    // What a member sees first, in its encoding; empty without memory.
    FramePtr greeting(Membership* membership, const Entering& entering);
    // Up to where a member that enters has seen all, and what it is told of.
    struct Missed {
        bool known = false;  // it says a number of this life of the room
        bool gap = false;    // some of what it missed is not there any more
        uint64_t since = 0;
        uint64_t seq = 0;  // up to which it knows all, with what it is told
    };
    Missed missed(Membership* membership, const Entering& entering);
    // Calls visit(data, message) for what was shown after `since` and is for
    // the member, oldest first, of the last `most`.
    using Visit = void (*)(void* data, const room::Message& message);
    void each_shown(const Membership& membership, uint64_t since, size_t most,
                    Visit visit, void* data) const;
    uint64_t last() const { return order_.last(); }
    // Distinct ids in the room, not older than a second.
    size_t people(Ticks now);
    // Now and then: counts and reactions that have changed are to be told.
    void look(Ticks now);

    const room::Room& room() const { return room_; }
    std::string_view name() const { return {name_, name_size_}; }
    ZoneConf* zone() const { return zone_; }

    RoomHere* next = nullptr;  // of this worker

  private:
    static void on_window(void* self) noexcept;
    void close_all_of(const room::Message& message);
    bool offer(ConstBytes packed, uint64_t seq);
    bool put_in_order(RoomEvent* event);
    ngx_msec_t window() const;
    void schedule();
    void show();
    void look_for_lost();
    void look_for_missing(Ticks now);
    uint64_t take_from_history(uint64_t since, uint64_t until);
    bool is_shown(const room::Message& message, Ticks now);
    RoomEvent* take_next();
    bool put(RoomBatch* batch, RoomEvent* event, bool of_history = false);
    // Of rooms of several machines (here_reach.cc).
    void start_reach();
    bool take_of_many(const room::Message& message, ConstBytes packed);
    void turn_to(uint32_t epoch, uint64_t seq, room::Reach reach);
    void look_for_turn();
    void turn(RoomBatch* batch, Ticks now);
    void add_history(RoomBatch* batch);
    void take_later();
    bool count_is_due(Ticks now, uint32_t members) const;
    bool has_reacted() const;
    bool fill(RoomBatch* batch, Ticks now);
    void add_news(RoomBatch* batch, Ticks now);
    bool collect(Ticks now);
    void visit_some();
    void finish_batch();
    uint64_t mask_for(const Membership& membership) const;
    FramePtr frame_for(uint64_t mask, const Guest& guest);
    FramePtr own_frame(uint64_t mask, Encoding encoding);
    room::Reactions reactions(const uint64_t* totals,
                              const uint64_t* added) const;
    FramePtr encoded(const room::Frame& frame, Encoding encoding) const;

    ZoneConf* zone_;
    room::Room room_;
    const RoomConf* conf_;
    Membership* first_ = nullptr;
    room::Order order_;
    LoopEvent timer_;
    // What is being sent, and to whom next.
    RoomBatch* batch_ = nullptr;
    Membership* cursor_ = nullptr;
    room::Word shown_{0};  // the pace of what is shown
    uint64_t left_out_ = 0;
    // In which numbers, and how far, what was shown last is; and what the
    // rings brought last.
    uint32_t epoch_;
    room::Reach reach_;
    uint32_t taken_epoch_;
    room::Reach taken_reach_;
    // The room becomes another one when all that was said before was shown.
    struct Turn {
        bool due = false;
        uint32_t epoch = 0;
        uint64_t seq = 0;
        room::Reach reach = room::Reach::kOneMachine;
    };
    Turn turn_;
    RoomEvent* held_ = nullptr;   // the first of the next frame
    RoomEvent* later_ = nullptr;  // what came behind the turn, newest first
    unsigned strange_ = 0;        // looks that found a turn that did not come
    bool overtaken_ = false;
    bool lost_ = false;
    bool more_ = false;         // than goes into one batch
    size_t waiting_bytes_ = 0;  // of what is to be shown
    size_t people_ = 0;
    Ticks people_at_ = 0;
    uint32_t members_ = UINT32_MAX;  // as told last
    Ticks members_at_ = 0;
    uint64_t reactions_[room::kMostReactions] = {};
    size_t name_size_ = 0;
    char name_[kMaxName];
};

}  // namespace onair::ngx
