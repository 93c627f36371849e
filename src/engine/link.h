// How one room of this machine stands with the engine: what of the news is to
// be shown, when something is missing and is to be read, when the room is that
// of all machines and when it is on its own. Values in, decisions out; one for
// each room, in the worker with the connection.
//
//   kAway --asked()--> kReading --on_end()--> kLive
//     ^                   ^  |                  |
//     |                   +--+ more, or missed  | a number is missing
//     +------ lost() ------------------- <------+
#pragma once

#include <cstdint>

#include "base/time.h"

namespace onair::engine {

// A pause of the engine that is waited out.
inline constexpr uint64_t kWaitMs = 250;

class Link {
  public:
    enum class Step : uint8_t { kAway, kReading, kLive };
    enum class Take : uint8_t {
        kSkip,      // it was there before, or will be read
        kShow,      // it is the next
        kRemember,  // it is of the past of a room that begins anew
        kRead,      // something is missing: the stream is to be read
    };
    enum class End : uint8_t {
        kLive,  // all is here
        kTurn,  // likewise, and the room is another one than before
        kMore,  // read on
    };

    // What the zone has of the engine's; epoch 0: nothing.
    Link(uint32_t epoch, uint64_t seq) : epoch_(epoch), seq_(seq) {}

    Step step() const { return step_; }
    uint32_t epoch() const { return epoch_; }
    uint64_t seq() const { return seq_; }
    // Up to where the engine is known to be.
    uint64_t newest() const { return newest_; }

    // A reading is under way: from epoch() and seq() on.
    void asked();
    void on_head(uint32_t epoch, uint64_t seq, bool anew);
    // An entry of the reply.
    Take on_entry(uint64_t seq);
    End on_end();

    Take on_published(uint32_t epoch, uint64_t seq);
    // The connection is gone; what is known stays known.
    void lost() { step_ = Step::kAway; }
    // The room went on by itself: what the engine has is another room's.
    void forget() { epoch_ = 0; }

  private:
    Step step_ = Step::kAway;
    bool anew_ = false;
    bool strange_ = false;  // a number of another epoch came while reading
    uint32_t epoch_;
    uint64_t seq_;
    uint64_t newest_ = 0;
    uint64_t head_ = 0;  // the room's number when the reply was made
    // A number of an epoch that is not known yet, which overtook the reply.
    uint64_t ahead_ = 0;
    uint32_t ahead_epoch_ = 0;
};

// When the engine has not answered for so long that rooms go on by themselves.
// `since`: when the oldest thing that waits for it began to; 0: nothing does.
constexpr bool is_away(Ticks since, Ticks now)
{
    return since != 0 && now >= since + kWaitMs;
}

// How long to wait before the next attempt, after so many in a row that failed:
// 0.1 s doubling to 5 s, half of it by chance.
uint32_t backoff_ms(uint32_t failures, uint32_t random);

}  // namespace onair::engine
