// All that a page is sent, one message after another: what the sound is, its
// titles exactly where they begin, head pages, and the sound.
#pragma once

#include "ngx_module/sound/relay.h"
#include "sound/cursor.h"

namespace onair::ngx {

// How one listens, as decided from his request.
struct Hearing {
    Relay* relay = nullptr;
    sound::Listening listening = sound::Listening::kPlayer;
    sound::Cursor::Begin begin = {};
    ngx_uint_t laps = 1;
    uint32_t metaint = 0;  // 0: no titles in between
    Wrap wrap = Wrap::kNone;
};

class Recital {
  public:
    explicit Recital(const Hearing& hearing)
        : cursor_(hearing.begin),
          burst_ms_(hearing.begin.burst_us / 1000),
          wrap_(hearing.wrap)
    {}

    // What comes next; once it was asked for it has to be sent.
    struct Next {
        FramePtr frame;    // empty: nothing, yet
        bool end = false;  // he cannot go on
    };
    Next next(Relay* relay);

    uint32_t moved() const { return moved_; }

  private:
    FramePtr begin(Relay* relay);
    FramePtr head(Relay* relay, uint32_t generation);

    sound::Cursor cursor_;
    uint64_t burst_ms_;
    uint64_t follows_ = UINT64_MAX;  // the byte that he expects next
    uint32_t told_cue_ = 0;
    uint32_t moved_ = 0;
    Wrap wrap_;
};

}  // namespace onair::ngx
