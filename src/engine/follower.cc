#include "engine/follower.h"

#include <algorithm>

namespace onair::engine {

void Follower::asked()
{
    step_ = Step::kReading;
    strange_ = took_ = false;
    head_ = newest_ = 0;
}

bool Follower::on_head(uint32_t epoch, uint64_t seq)
{
    bool another = epoch != epoch_;
    seq_ = another ? 0 : seq_;
    epoch_ = epoch;
    head_ = seq;
    return another;
}

bool Follower::on_entry(uint64_t seq)
{
    if (step_ != Step::kReading || seq <= seq_) {
        return false;
    }
    seq_ = seq;
    took_ = true;
    return true;
}

Follower::End Follower::on_end(bool full)
{
    if (full && took_) {
        return End::kMore;
    }
    seq_ = std::max(seq_, head_);
    // Over a connection of its own news may overtake the reply.
    if (strange_ || newest_ > seq_) {
        return End::kMore;
    }
    step_ = Step::kLive;
    return End::kLive;
}

Follower::Take Follower::on_published(uint32_t epoch, uint64_t seq)
{
    if (step_ == Step::kReading) {
        strange_ = strange_ || epoch != epoch_;
        newest_ = epoch == epoch_ ? std::max(newest_, seq) : newest_;
        return Take::kSkip;
    }
    if (step_ != Step::kLive || (epoch == epoch_ && seq <= seq_)) {
        return Take::kSkip;
    }
    if (epoch != epoch_ || seq != seq_ + 1) {
        return Take::kRead;
    }
    seq_ = seq;
    return Take::kTake;
}

}  // namespace onair::engine
