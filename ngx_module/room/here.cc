#include "ngx_module/room/here.h"

#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/room/batch.h"
#include "ngx_module/room/hall.h"
#include "room/pace.h"
#include "room/report.h"

namespace onair::ngx {

namespace {

constexpr uint64_t kCountEveryMs = 2000;
// Members told in one turn of the event loop, before others have theirs.
constexpr size_t kAtOnce = 256;
// More than that waits for no window.
constexpr size_t kMostWaiting = size_t{4} << 20;
constexpr uint64_t kPeopleEveryMs = 1000;

}  // namespace

RoomHere::RoomHere(ZoneConf* zone, const room::Room& room, const LocConf* conf)
    : zone_(zone), room_(room), conf_(conf->room), timer_(on_window, this)
{
    name_size_ = room.name(name_).size();
    start_reach();
    order_.start(room.seq());
    // What the history has is shown from there.
    room.history().each(0, UINT64_MAX, SIZE_MAX, packed_memory(),
                        [this](uint64_t seq, ConstBytes) { order_.mark(seq); });
    for (size_t i = 0; i < room::kMostReactions; i++) {
        reactions_[i] = room.reactions_everywhere(i);
    }
}

RoomHere::~RoomHere()
{
    if (batch_ != nullptr) {
        finish_batch();
    }
    for (room::Pending* p = order_.drop_all(); p != nullptr;) {
        room::Pending* next = p->next;
        ngx_free(p);
        p = next;
    }
    ngx_free(held_);
    while (later_ != nullptr) {
        RoomEvent* next = later_->next;
        ngx_free(later_);
        later_ = next;
    }
}

// In front: who comes while a batch is on its way was greeted with it.
void RoomHere::add(Membership* m)
{
    m->here = this;
    m->next_here = first_;
    if (first_ != nullptr) {
        first_->prev_here = m;
    }
    first_ = m;
}

void RoomHere::remove(Membership* m)
{
    if (cursor_ == m) {
        cursor_ = m->next_here;
    }
    (m->prev_here != nullptr ? m->prev_here->next_here : first_) = m->next_here;
    if (m->next_here != nullptr) {
        m->next_here->prev_here = m->prev_here;
    }
    m->here = nullptr;
}

// --- what comes in ---

bool RoomHere::offer(ConstBytes packed, uint64_t seq)
{
    void* at = ngx_alloc(sizeof(RoomEvent) + packed.size(), ngx_cycle->log);
    if (at == nullptr) {
        return false;
    }
    // SAFETY: fresh memory for the object and the bytes behind it.
    auto* event = new (at) RoomEvent();
    event->pending.seq = seq;
    event->pending.came = ticks();
    event->size = packed.size();
    copy_bytes(event + 1, packed.data(), packed.size());
    return put_in_order(event);
}

// Takes the event, also where it was shown before.
bool RoomHere::put_in_order(RoomEvent* event)
{
    if (!order_.offer(&event->pending)) {
        ngx_free(event);
        return false;
    }
    waiting_bytes_ += event->size;
    return true;
}

void RoomHere::take(const room::Message& message, ConstBytes packed)
{
    if (message.kind == room::Kind::kClose) {
        close_all_of(message);
    }
    bool shown = message.seq != 0 || message.kind == room::Kind::kReach;
    if (shown && reach_ != room::Reach::kOneMachine) {
        shown = take_of_many(message, packed);
    }
    if (shown && offer(packed, message.seq)) {
        schedule();
    }
}

void RoomHere::close_all_of(const room::Message& message)
{
    // The message is in memory that others use.
    char id_text[room::kMaxId];
    size_t size = ngx_min(message.from_id.size(), sizeof(id_text));
    copy_bytes(id_text, message.from_id.data(), size);
    std::string_view id(id_text, size);
    uint64_t but = message.sender;
    bool banned = message.type == "banned";
    if (!banned && !message.type.empty()) {
        return;
    }
    Membership* next = nullptr;
    for (Membership* m = first_; m != nullptr; m = next) {
        next = m->next_here;
        if (m->who.member.id == id && m->who.member.sender != but) {
            m->guest->dismiss(banned ? "banned" : "replaced");
        }
    }
}

void RoomHere::overtaken()
{
    overtaken_ = true;
    schedule();
}

uint64_t RoomHere::take_from_history(uint64_t since, uint64_t until)
{
    uint64_t taken = 0;
    room_.history().each(since, until, SIZE_MAX, packed_memory(),
                         [this, &taken](uint64_t seq, ConstBytes packed) {
                             taken += offer(packed, seq) ? 1 : 0;
                         });
    return taken;
}

// The rings went on before this worker came to read them: the history may
// still have it.
void RoomHere::look_for_lost()
{
    if (!overtaken_ || turn_.due) {
        return;
    }
    overtaken_ = false;
    uint64_t last = order_.last();
    take_from_history(last, room_.seq());
    lost_ = lost_ || room_.history().gap(last, packed_memory());
}

// Numbers that no ring brought: their writer has died or was stopped.
void RoomHere::look_for_missing(Ticks now)
{
    room::Order::Gap gap = order_.missing(now);
    if (gap.from == 0 || turn_.due) {
        return;
    }
    take_from_history(gap.from - 1, gap.until - 1);
    lost_ = lost_ || room_.history().gap(gap.from - 1, packed_memory());
    order_.give_up(gap.until);
}

// --- what goes out ---

ngx_msec_t RoomHere::window() const
{
    if (conf_->window != NGX_CONF_UNSET_MSEC) {
        return conf_->window;
    }
    uint32_t members = room_.counts().connections;
    return members <= 50 ? 0 : members <= 2000 ? 100 : 250;
}

void RoomHere::schedule()
{
    bool much = waiting_bytes_ > kMostWaiting;
    if (batch_ != nullptr || (timer_.started() && !much)) {
        return;
    }
    ngx_msec_t wait = window();
    if (wait == 0 || much) {
        timer_.stop();
        timer_.post();
    } else {
        timer_.start(wait);
    }
}

void RoomHere::on_window(void* self) noexcept
{
    static_cast<RoomHere*>(self)->show();
}

void RoomHere::show()
{
    Ticks now = ticks();
    if (batch_ != nullptr || collect(now)) {
        visit_some();
    }
    if (batch_ != nullptr || (more_ && (order_.ready() || held_ != nullptr))) {
        timer_.post_next();
        return;
    }
    if (order_.ready() || held_ != nullptr || turn_.due) {
        ngx_msec_t wait = window();
        timer_.start(wait > 0 ? wait : 1);
    } else if (!order_.empty()) {
        Ticks due = order_.due();
        timer_.start(due > now ? static_cast<ngx_msec_t>(due - now) : 1);
    }
}

bool RoomHere::is_shown(const room::Message& message, Ticks now)
{
    if (message.kind == room::Kind::kClose) {
        return false;
    }
    if (conf_->show == 0 || message.kind != room::Kind::kMessage ||
        message.to == room::To::kOne) {
        return true;
    }
    auto rate = static_cast<uint32_t>(conf_->show);
    return room::take_pace(shown_, {rate, rate}, now) == 0;
}

RoomEvent* RoomHere::take_next()
{
    RoomEvent* next = held_;
    held_ = nullptr;
    if (next == nullptr) {
        // SAFETY: the pending is the first member of its event.
        next = reinterpret_cast<RoomEvent*>(order_.take());
        waiting_bytes_ -= next != nullptr ? next->size : 0;
    }
    return next;
}

// False: it begins another frame.
bool RoomHere::put(RoomBatch* batch, RoomEvent* event, bool of_history)
{
    // SAFETY: its packed bytes stand behind it.
    Result<room::Message> message =
        room::unpack({reinterpret_cast<uint8_t*>(event + 1), event->size});
    if (!message.ok() || !(of_history || is_shown(*message, ticks()))) {
        bool counts = message.ok() && message->kind != room::Kind::kClose;
        left_out_ += counts ? 1 : 0;
        room_.head().left_out.fetch_add(counts ? 1 : 0, room::kRelaxed);
        ngx_free(event);
        return true;
    }
    if (message->kind == room::Kind::kReach) {
        if (batch->count > 0) {
            held_ = event;
            return false;
        }
        epoch_ = message->epoch;
        reach_ = room::Reach::kLocal;
        batch->reach = true;
    }
    uint64_t bit = uint64_t{1} << batch->count;
    batch->modes = batch->modes || message->kind == room::Kind::kModes;
    batch->for_all |= message->to == room::To::kAll ? bit : 0;
    batch->events[batch->count] = event;
    batch->messages[batch->count++] = *message;
    return true;
}

// False: there is nothing.
bool RoomHere::fill(RoomBatch* batch, Ticks now)
{
    while (batch->count < kMostEvents) {
        RoomEvent* next = take_next();
        if (next == nullptr || !put(batch, next)) {
            break;
        }
    }
    more_ = batch->count == kMostEvents || held_ != nullptr;
    add_news(batch, now);
    return batch->count > 0 || batch->has_news();
}

bool RoomHere::count_is_due(Ticks now, uint32_t members) const
{
    return members != members_ && now >= members_at_ + kCountEveryMs;
}

bool RoomHere::has_reacted() const
{
    for (size_t i = 0; i < conf_->reactions_count; i++) {
        if (room_.reactions_everywhere(i) != reactions_[i]) {
            return true;
        }
    }
    return false;
}

void RoomHere::add_news(RoomBatch* batch, Ticks now)
{
    batch->left_out = left_out_;
    batch->gap = lost_;
    left_out_ = 0;
    lost_ = false;
    uint32_t members = room_.members_everywhere();
    if (count_is_due(now, members)) {
        batch->members = members;
        members_ = members;
        members_at_ = now;
    }
    for (size_t i = 0; i < conf_->reactions_count; i++) {
        batch->totals[i] = room_.reactions_everywhere(i);
        // Those of other machines may become fewer.
        batch->added[i] = batch->totals[i] > reactions_[i]
                              ? batch->totals[i] - reactions_[i]
                              : 0;
        batch->reacted = batch->reacted || batch->totals[i] != reactions_[i];
        reactions_[i] = batch->totals[i];
    }
}

bool RoomHere::collect(Ticks now)
{
    look_for_lost();
    look_for_missing(now);
    void* at = ngx_alloc(sizeof(RoomBatch), ngx_cycle->log);
    if (at == nullptr) {
        return false;
    }
    // SAFETY: fresh memory; destroyed by finish_batch().
    batch_ = new (at) RoomBatch();
    if (turn_.due && order_.empty() && held_ == nullptr) {
        turn(batch_, now);
    } else if (!fill(batch_, now)) {
        finish_batch();
        return false;
    }
    cursor_ = first_;
    return true;
}

void RoomHere::finish_batch()
{
    for (size_t i = 0; i < batch_->count; i++) {
        ngx_free(batch_->events[i]);
    }
    batch_->~RoomBatch();
    ngx_free(batch_);
    batch_ = nullptr;
    cursor_ = nullptr;
}

uint64_t RoomHere::mask_for(const Membership& m) const
{
    uint64_t mask = batch_->for_all;
    uint64_t every = batch_->count == kMostEvents
                         ? ~uint64_t{0}
                         : (uint64_t{1} << batch_->count) - 1;
    if (mask == every && m.seen_elsewhere == 0) {
        return mask;
    }
    const room::Member& who = m.who.member;
    for (size_t i = 0; i < batch_->count; i++) {
        const room::Message& message = batch_->messages[i];
        uint64_t bit = uint64_t{1} << i;
        if (message.seq <= m.seen_elsewhere) {
            mask &= ~bit;
        } else if (room::is_for(message, who.id, who.sender, who.role)) {
            mask |= bit;
        }
    }
    return mask;
}

void RoomHere::visit_some()
{
    for (size_t n = 0; cursor_ != nullptr && n < kAtOnce; n++) {
        Membership* m = cursor_;
        // Before it is told, as it may be let go meanwhile.
        cursor_ = m->next_here;
        if (batch_->gap && m->guest->comes_back(m)) {
            continue;
        }
        uint64_t mask = mask_for(*m);
        bool news =
            batch_->gap || (batch_->has_news() && !m->guest->only_events());
        if (mask == 0 && !news) {
            continue;
        }
        FramePtr frame = frame_for(mask, *m->guest);
        if (frame) {
            m->guest->push(frame);
        } else if (mask != 0) {
            lost_ = true;  // without memory: all are told of a gap
        }
    }
    if (cursor_ == nullptr) {
        finish_batch();
    }
}

// Counting looks at every member of the zone.
size_t RoomHere::people(Ticks now)
{
    if (people_at_ == 0 || now - people_at_ >= kPeopleEveryMs) {
        people_ = room::people_everywhere(*zone_->talks, room_);
        people_at_ = now;
    }
    return people_;
}

void RoomHere::look(Ticks now)
{
    look_for_turn();
    bool due = count_is_due(now, room_.members_everywhere());
    if (left_out_ > 0 || lost_ || due || has_reacted()) {
        schedule();
    }
}

}  // namespace onair::ngx
