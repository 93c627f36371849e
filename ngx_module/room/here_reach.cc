// Rooms of several machines, as their members see them: the part of here.h
// about how far a room reaches and when it becomes another one.
#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/room/awaited.h"
#include "ngx_module/room/batch.h"
#include "ngx_module/room/hall.h"
#include "ngx_module/room/here.h"

namespace onair::ngx {

using room::Reach;

namespace {

// Looks, each a quarter of a second behind the other.
constexpr unsigned kLooksForTurn = 2;

// What was on its way when the engine went may have got there.
void answer_old(ConstBytes packed)
{
    Result<room::Message> message = room::unpack(packed);
    if (message.ok() && message->ref != 0 && message->sender != 0) {
        number_came(*message);
    }
}

RoomEvent* copy_event(ConstBytes packed, uint64_t seq)
{
    void* at = ngx_alloc(sizeof(RoomEvent) + packed.size(), ngx_cycle->log);
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh memory for the object and the bytes behind it.
    auto* event = new (at) RoomEvent();
    event->pending.seq = seq;
    event->pending.came = ticks();
    event->size = packed.size();
    copy_bytes(event + 1, packed.data(), packed.size());
    return event;
}

}  // namespace

void RoomHere::start_reach()
{
    epoch_ = taken_epoch_ = room_.epoch();
    reach_ = taken_reach_ = room_.reach();
}

// True: it goes the usual way.
bool RoomHere::take_of_many(const room::Message& message, ConstBytes packed)
{
    bool turns = message.kind == room::Kind::kReach;
    if (turns && message.said == R"("all")") {
        turn_to(message.epoch, message.seq, Reach::kAll);
        return false;
    }
    if (turns) {
        taken_epoch_ = message.epoch;
        taken_reach_ = Reach::kLocal;
    } else if (taken_reach_ == Reach::kAll && message.epoch != taken_epoch_) {
        return false;  // of a room that was before
    }
    if (message.ref != 0 && message.kind == room::Kind::kMessage) {
        number_came(message);
    }
    if (!turn_.due) {
        return true;
    }
    RoomEvent* event = copy_event(packed, message.seq);
    if (event != nullptr) {
        event->next = later_;
        later_ = event;
    }
    return false;
}

// What was said before is shown first, without waiting for what is missing.
void RoomHere::turn_to(uint32_t epoch, uint64_t seq, Reach reach)
{
    turn_ = {true, epoch, seq, reach};
    taken_epoch_ = epoch;
    taken_reach_ = reach;
    order_.give_up(UINT64_MAX);
    while (later_ != nullptr) {  // of a turn that is overtaken by this one
        RoomEvent* next = later_->next;
        ngx_free(later_);
        later_ = next;
    }
    schedule();
}

// The rings may have gone on before this worker came to read of a turn.
void RoomHere::look_for_turn()
{
    bool strange =
        reach_ != Reach::kOneMachine && !turn_.due &&
        (room_.epoch() != taken_epoch_ || room_.reach() != taken_reach_);
    strange_ = strange ? strange_ + 1 : 0;
    if (strange_ >= kLooksForTurn) {
        strange_ = 0;
        turn_to(room_.epoch(), room_.seq(), room_.reach());
    }
}

void RoomHere::add_history(RoomBatch* batch)
{
    size_t most = ngx_min(static_cast<size_t>(conf_->history), kMostEvents);
    room_.history().each(0, order_.last(), most, packed_memory(),
                         [&](uint64_t seq, ConstBytes packed) {
                             RoomEvent* event = batch->count < kMostEvents
                                                    ? copy_event(packed, seq)
                                                    : nullptr;
                             if (event != nullptr) {
                                 put(batch, event, true);
                             }
                             answer_old(packed);
                         });
}

void RoomHere::take_later()
{
    // They were put in front of each other.
    RoomEvent* in_order = nullptr;
    while (later_ != nullptr) {
        RoomEvent* next = later_->next;
        later_->next = in_order;
        in_order = later_;
        later_ = next;
    }
    while (in_order != nullptr) {
        RoomEvent* next = in_order->next;
        put_in_order(in_order);
        in_order = next;
    }
}

// Everybody gets the room as one who enters does.
void RoomHere::turn(RoomBatch* batch, Ticks now)
{
    epoch_ = turn_.epoch;
    reach_ = turn_.reach;
    order_.start(turn_.seq);
    room_.history().each(
        0, UINT64_MAX, SIZE_MAX, packed_memory(),
        [this](uint64_t seq, ConstBytes) { order_.mark(seq); });
    turn_ = {};
    for (Membership* m = first_; m != nullptr; m = m->next_here) {
        m->seen_elsewhere = 0;
    }
    add_history(batch);
    lost_ = true;
    batch->reach = true;
    batch->modes = true;
    add_news(batch, now);
    take_later();
}

}  // namespace onair::ngx
