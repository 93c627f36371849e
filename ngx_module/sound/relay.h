// One station's sound in this worker: what is known of its ring, and those who
// listen, a part of them at a time, so that their sends are spread over the
// quantum. Made with the first listener.
#pragma once

#include "ngx_module/base/timer.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/sound/wrap.h"
#include "sound/cursor.h"
#include "sound/ring_reader.h"

namespace onair::ngx {

class Relay;

// One who listens; a member of a relay's lists.
class Listener {
  public:
    Listener(Relay* relay, sound::Listening listening, ngx_uint_t laps)
        : relay_(relay), listening_(listening), laps_(laps)
    {}

    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    Relay* relay() const { return relay_; }
    sound::Listening listening() const { return listening_; }

    // From now on hear() is called once in so many quanta.
    void join_relay();
    void leave_relay();

  protected:
    ~Listener() { leave_relay(); }
    // The time has come to send what there is. Does not destroy it.
    virtual void hear() noexcept = 0;

  private:
    friend class Relay;
    Relay* relay_;
    Listener* next_ = nullptr;
    Listener** place_ = nullptr;  // what leads to it; nullptr: in no list
    sound::Listening listening_;
    uint8_t laps_;  // quanta between two turns
    uint8_t lap_ = 0;
};

class Relay {
  public:
    // nullptr without memory. `conf` is of this cycle.
    static Relay* of(const PullConf* conf);

    explicit Relay(const PullConf* conf) noexcept
        : conf_(conf), reader_(*conf->ring), tick_(on_tick, this)
    {}

    const PullConf* conf() const { return conf_; }
    const sound::RingReader& reader() const { return reader_; }
    const sound::Ring& ring() const { return reader_.ring(); }
    void look() { reader_.look(); }
    // The source has said something lately.
    bool is_live() const;

    // These bytes of the ring were sent from where they are.
    void note_sent(uint64_t from, size_t size);

    // Bytes in another form; those who are at the same place share them.
    FramePtr wrapped(Wrap wrap, uint64_t position, ConstBytes bytes);
    // What is said under this number: as a block of ICY, and for a page (empty:
    // nothing is).
    FramePtr icy_block(uint32_t cue);
    FramePtr words(uint32_t cue, Wrap wrap);
    // Head pages. Empty: they are gone.
    FramePtr head(uint32_t generation, Wrap wrap);

    // Counts that one fell out of the ring; how often since it was asked last.
    uint32_t note_moves(sound::Cursor* cursor);

    void count_all() const;

  private:
    friend class Listener;
    static constexpr size_t kParts = 10;
    static constexpr ngx_msec_t kPartMs = 25;
    static constexpr size_t kKept = 4;

    static void on_tick(void* self) noexcept;
    void turn();
    void join(Listener* listener);
    void arm();

    struct Kept {
        FramePtr frame;
        uint64_t position = 0;
        size_t size = 0;
        Wrap wrap = Wrap::kNone;
    };

    const PullConf* conf_;
    sound::RingReader reader_;
    LoopEvent tick_;
    Listener* parts_[kParts] = {};
    size_t part_ = 0;  // whose turn is next
    size_t next_part_ = 0;
    size_t count_ = 0;
    uint64_t sent_from_ = UINT64_MAX;
    uint64_t sent_to_ = 0;
    Kept kept_[kKept];
    size_t next_kept_ = 0;
    uint32_t block_cue_ = 0;
    FramePtr block_;
    uint32_t words_cue_ = 0;
    Wrap words_wrap_ = Wrap::kNone;
    FramePtr words_;
};

ngx_int_t start_relays(ngx_cycle_t* cycle);
void stop_relays();
// This worker has found a place: listeners are counted there from now on.
void count_listeners();

}  // namespace onair::ngx
