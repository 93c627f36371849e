// What this worker shows of one station: the change that subscribers see at
// present, its encodings made once and shared, and the list of those who want
// it. A station may have several topics, as formats and delays differ.
//
// Made when the first subscriber comes, gone with the last. A topic of a name
// the zone does not know (yet) waits for it without taking a slot.
#pragma once

#include "encoder/event_id.h"
#include "encoder/snapshot.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/fanout/encoding.h"
#include "ngx_module/zone/audience.h"

namespace onair::ngx {

class AllStations;
class Recipient;
class Topic;

// A recipient's place in one list.
struct Link {
    Link* next = nullptr;
    Link* prev = nullptr;
    Recipient* recipient = nullptr;
    class Listing* listing = nullptr;
    // The mark of what was delivered last; its meaning is the listing's.
    uint64_t sent = 0;

    Link() = default;
    ~Link() { leave(); }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    void leave();
};

// Subscribers that want the same, and how far a lap among them has come. A lap
// visits everybody once, in slices; a newer change during a lap makes those
// visited already be visited again, behind the rest, so that nobody starves.
class Listing {
  public:
    Listing() { head_.next = head_.prev = &head_; }
    Listing(const Listing&) = delete;
    Listing& operator=(const Listing&) = delete;

    void join(Link* link, Recipient* recipient);
    bool empty() const { return count_ == 0; }
    size_t count() const { return count_; }

    void start_lap() { left_ = count_; }
    // One turn of the lap: tells subscribers what is newer than they have, as
    // long as there is budget (deliveries). True when the lap is over.
    virtual bool visit(size_t* budget) = 0;

    // Used by Fanout.
    Listing* next_dirty = nullptr;
    bool dirty = false;  // in its queue

  protected:
    ~Listing();
    // The next one to be visited in this lap; nullptr when it is over.
    Link* step()
    {
        Link* link = cursor_ != &head_ ? cursor_ : head_.next;
        if (left_ == 0 || link == &head_) {
            left_ = 0;
            return nullptr;
        }
        left_--;
        cursor_ = link->next;
        return link;
    }
    // Has the processor fetch who comes after the one of the last step().
    void fetch_ahead() const
    {
        __builtin_prefetch(cursor_->recipient);
        __builtin_prefetch(cursor_->next);
    }
    // The one of the last step() has not had its turn yet.
    void step_back(Link* link);

  private:
    friend struct Link;
    Link head_;
    Link* cursor_ = &head_;
    size_t left_ = 0;
    size_t count_ = 0;
};

// What tells topics of one station apart.
struct TopicKey {
    ZoneConf* zone = nullptr;
    std::string_view name;
    encoder::Form form = encoder::Form::kJson;
    uint32_t delay_ms = 0;
    size_t delay_burst = 0;  // bytes, for onair_delay auto; 0: not auto

    bool same_view(const TopicKey& other) const
    {
        return form == other.form && delay_ms == other.delay_ms &&
               delay_burst == other.delay_burst;
    }
};

class Topic final : public Listing {
  public:
    explicit Topic(const TopicKey& key);
    ~Topic();

    const TopicKey& key() const { return key_; }
    // The change subscribers see; 0: none yet.
    uint64_t seq() const { return seq_; }
    bool known() const { return slot_ != kNoSlot; }
    Status status() const { return status_; }
    encoder::EventId event_id() const;
    bool visit(size_t* budget) override;

    // The present message, until the topic shows another; empty without memory.
    const FramePtr& frame(Encoding encoding)
    {
        const FramePtr& frame = frames_[static_cast<size_t>(encoding)];
        return frame ? frame : make_frame(encoding);
    }
    // The same with the present clock, for who joins later.
    FramePtr greeting(Encoding encoding);

    // What a client that saw `since` missed: each change again, in order, in
    // one frame; else the present state, marked as a gap if it is one.
    struct Missed {
        FramePtr frame;
        bool gap = false;
        size_t messages = 0;
    };
    Missed since(const encoder::EventId& since, bool bad, Encoding encoding);

    // Looks at the slot; true when there is something newer to show.
    bool look();
    // The last look did not succeed: there is something newer to be read.
    bool behind() const
    {
        return known() && newest_ != key_.zone->shared->slot(slot_).seq();
    }

    // A change held back for the delay may be told now.
    bool overdue() const { return release_.overdue(); }

    // Used by Watch.
    void resolve(size_t slot) { slot_ = slot; }
    size_t slot() const { return slot_; }
    Topic* next = nullptr;  // in Watch's list

    // Those who want all stations, if they do in this view, and this one's
    // place among their stations in the order of the last changes.
    AllStations* all = nullptr;
    Topic* changed_before = nullptr;
    Topic* changed_after = nullptr;
    uint64_t change = 0;  // number of its last change; 0: none told to them

  private:
    const FramePtr& make_frame(Encoding encoding);
    void read_if_never();
    bool read(Arena& arena, slot::State* out);
    uint32_t delay_of(const slot::State& state) const;
    ngx_msec_t lag_of_sound() const;
    FramePtr body_of(const slot::State& state, bool gap);
    FramePtr body_as_of_now(slot::State* state, bool gap);
    FramePtr present_body();
    FramePtr wrap(Frame* body, Encoding encoding, uint64_t seq);
    bool replay(const slot::State& state, uint64_t from, Encoding encoding,
                Missed* out);
    static void on_release_due(void* self) noexcept;

    TopicKey key_;
    char name_[kMaxName];
    size_t slot_ = kNoSlot;
    uint64_t seq_ = 0;
    uint64_t newest_ = 0;  // what the slot had when it was last looked at
    Status status_ = Status::kOffline;
    FramePtr body_;
    FramePtr frames_[kEncodings];
    FramePtr greetings_[kEncodings];
    Ticks greeted_[kEncodings] = {};
    LoopEvent release_;  // when a held-back change is due
};

}  // namespace onair::ngx
