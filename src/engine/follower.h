// Which of the publications of stations are to be taken, and when the present
// ones are to be read: of each only the newest is kept, so numbers have gaps,
// and whoever has them up to one number reads all that came behind it. Values
// in, decisions out; one for each zone, in the worker with the connection.
#pragma once

#include <cstdint>

namespace onair::engine {

class Follower {
  public:
    enum class Step : uint8_t { kAway, kReading, kLive };
    enum class Take : uint8_t {
        kSkip,  // it was there before, or will be read
        kTake,
        kRead,  // something is missing
    };
    enum class End : uint8_t { kLive, kMore };

    Follower() = default;
    // What the zone has of the engine's; epoch 0: nothing.
    Follower(uint32_t epoch, uint64_t seq) : epoch_(epoch), seq_(seq) {}

    Step step() const { return step_; }
    uint32_t epoch() const { return epoch_; }
    // Up to which number all is there.
    uint64_t seq() const { return seq_; }

    // A reading is under way: from epoch() and seq() on.
    void asked();
    // True: what the engine has is not what it had before, all of it comes.
    bool on_head(uint32_t epoch, uint64_t seq);
    // An entry of the reply, in the order of their numbers. False: it was
    // there before.
    bool on_entry(uint64_t seq);
    // `full`: the reply has as many as it may have.
    End on_end(bool full);
    Take on_published(uint32_t epoch, uint64_t seq);
    // The connection is gone; what is known stays known.
    void lost() { step_ = Step::kAway; }
    // All is to be read once more.
    void again() { seq_ = 0; }

  private:
    Step step_ = Step::kAway;
    bool strange_ = false;  // a number of another epoch came while reading
    bool took_ = false;     // something new was in the reply
    uint32_t epoch_ = 0;
    uint64_t seq_ = 0;
    uint64_t head_ = 0;    // the engine's number when the reply was made
    uint64_t newest_ = 0;  // came meanwhile
};

}  // namespace onair::engine
