#include "engine/link.h"

#include <algorithm>

namespace onair::engine {

void Link::asked()
{
    step_ = Step::kReading;
    anew_ = false;
    strange_ = false;
    head_ = 0;
    newest_ = 0;
    ahead_ = 0;
}

void Link::on_head(uint32_t epoch, uint64_t seq, bool anew)
{
    anew_ = anew || epoch != epoch_;
    epoch_ = epoch;
    head_ = seq;
    newest_ = std::max(newest_, seq);
    if (ahead_ != 0 && ahead_epoch_ == epoch) {
        newest_ = std::max(newest_, ahead_);
    }
}

Link::Take Link::on_entry(uint64_t seq)
{
    if (step_ != Step::kReading) {
        return Take::kSkip;
    }
    if (anew_) {
        return Take::kRemember;
    }
    if (seq != seq_ + 1) {
        return Take::kSkip;
    }
    seq_ = seq;
    return Take::kShow;
}

Link::End Link::on_end()
{
    bool turn = anew_;
    if (anew_) {
        seq_ = head_;
        anew_ = false;
    }
    // What was published while the reply was on its way, over a connection of
    // its own, was not taken.
    if (!turn && (newest_ > seq_ || strange_)) {
        return End::kMore;
    }
    step_ = Step::kLive;
    return turn ? End::kTurn : End::kLive;
}

Link::Take Link::on_published(uint32_t epoch, uint64_t seq)
{
    if (step_ == Step::kReading) {
        strange_ = strange_ || (head_ != 0 && epoch != epoch_);
        ahead_ = epoch != epoch_ ? seq : ahead_;
        ahead_epoch_ = epoch != epoch_ ? epoch : ahead_epoch_;
        newest_ = epoch == epoch_ ? std::max(newest_, seq) : newest_;
        return Take::kSkip;
    }
    if (step_ != Step::kLive) {
        return Take::kSkip;
    }
    if (epoch == epoch_ && seq <= seq_) {
        return Take::kSkip;
    }
    if (epoch != epoch_ || seq != seq_ + 1) {
        return Take::kRead;
    }
    seq_ = seq;
    newest_ = seq;
    return Take::kShow;
}

uint32_t backoff_ms(uint32_t failures, uint32_t random)
{
    uint32_t most = 100u << std::min(failures, 6u);
    most = std::min(most, 5000u);
    return most / 2 + random % (most / 2 + 1);
}

}  // namespace onair::engine
