#include "room/order.h"

namespace onair::room {

bool Order::seen(uint64_t seq) const
{
    return (seen_[seq % kRemembered / 64] >> (seq % 64) & 1) != 0;
}

void Order::set_seen(uint64_t seq, bool value)
{
    uint64_t& word = seen_[seq % kRemembered / 64];
    uint64_t bit = uint64_t{1} << (seq % 64);
    word = value ? word | bit : word & ~bit;
}

void Order::start(uint64_t last)
{
    next_ = last + 1;
    given_up_ = last;
    for (uint64_t& word : seen_) {
        word = 0;
    }
}

void Order::mark(uint64_t seq)
{
    if (seq < next_ && next_ - seq <= kRemembered) {
        set_seen(seq, true);
    }
}

bool Order::was_shown(uint64_t seq) const
{
    return seq < next_ && (next_ - seq > kRemembered || seen(seq));
}

// Numbers between are unknown from now on.
void Order::advance(uint64_t seq)
{
    if (seq - next_ >= kRemembered) {
        for (uint64_t& word : seen_) {
            word = 0;
        }
        next_ = seq;
    }
    for (; next_ < seq; next_++) {
        set_seen(next_, false);
    }
    set_seen(seq, true);
    next_ = seq + 1;
}

bool Order::offer(Pending* pending)
{
    if (pending->seq < next_) {
        if (next_ - pending->seq > kRemembered || seen(pending->seq)) {
            return false;
        }
        pending->late = true;
    }
    // Nearly always behind all that wait.
    bool behind = last_ != nullptr && last_->seq < pending->seq;
    Pending** at = behind ? &last_->next : &first_;
    while (*at != nullptr && (*at)->seq < pending->seq) {
        at = &(*at)->next;
    }
    if (*at != nullptr && (*at)->seq == pending->seq) {
        return false;
    }
    pending->next = *at;
    *at = pending;
    last_ = pending->next == nullptr ? pending : last_;
    return true;
}

Order::Gap Order::missing(Ticks now) const
{
    if (first_ == nullptr || first_->seq <= next_ || first_->seq <= given_up_ ||
        now < first_->came + kPatienceMs) {
        return {};
    }
    return {next_, first_->seq};
}

void Order::give_up(uint64_t until)
{
    given_up_ = until > given_up_ ? until : given_up_;
}

bool Order::ready() const
{
    return first_ != nullptr &&
           (first_->seq <= next_ || first_->seq <= given_up_);
}

Pending* Order::take()
{
    Pending* next = first_;
    if (!ready()) {
        return nullptr;
    }
    first_ = next->next;
    last_ = first_ != nullptr ? last_ : nullptr;
    next->next = nullptr;
    if (next->seq >= next_) {
        advance(next->seq);
    } else if (next_ - next->seq <= kRemembered) {
        set_seen(next->seq, true);
    }
    return next;
}

Ticks Order::due() const
{
    return first_ == nullptr ? 0 : first_->came + kPatienceMs;
}

Pending* Order::drop_all()
{
    Pending* all = first_;
    first_ = last_ = nullptr;
    return all;
}

}  // namespace onair::room
