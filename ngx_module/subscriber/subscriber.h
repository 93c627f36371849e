// One connected client, whatever its transport. Owned by its connection (or
// request): it is destroyed when that ends, and leaves its lists then.
#pragma once

#include "ngx_module/conf/conf.h"
#include "ngx_module/fanout/recipient.h"
#include "ngx_module/fanout/topic.h"
#include "ngx_module/fanout/watch.h"
#include "slot/roster.h"

namespace onair::ngx {

// Why a subscriber is gone: for the log and the counters.
enum class Reason : uint8_t {
    kNone,
    kClientClosed,  // an orderly end by the client
    kConnectionLost,
    kTimedOut,  // no sign of life
    kStalled,   // a write did not move
    kProtocolError,
    kTooManyMessages,
    kLeaving,    // this worker is
    kAnswered,   // a long poll that got its answer
    kWaitEnded,  // or none
};
const char* word(Reason reason);

class Subscriber : public Recipient {
  public:
    Subscriber(const LocConf* conf, slot::Transport transport,
               Encoding encoding);
    virtual ~Subscriber();

    // The worker leaves: say goodbye and go. May destroy the subscriber.
    virtual void leave() noexcept = 0;

    // Adds the stations; false without memory.
    bool subscribe(Topic* topic);
    bool subscribe_all(AllStations* all);
    void unsubscribe(std::string_view station);
    // The same in one form of several.
    void unsubscribe(std::string_view station, encoder::Form form);
    void unsubscribe_all();
    size_t stations() const { return count_; }
    bool wants(const Topic* topic) const;
    bool wants_named(std::string_view station) const;
    bool wants_named(std::string_view station, encoder::Form form) const;
    bool wants_all() const;
    // Calls visit(topic) for each station wanted, in the order of asking.
    template <typename Visit>
    void each_topic(Visit visit)
    {
        for (Place* place = &first_; place != nullptr; place = place->next) {
            if (place->topic != nullptr) {
                visit(place->topic);
            } else if (place->all != nullptr) {
                place->all->each(visit);
            }
        }
    }

    // The same for those whose state was never in a greeting.
    template <typename Visit>
    void each_new_topic(Visit visit)
    {
        for (Place* place = &first_; place != nullptr; place = place->next) {
            if (place->greeted) {
                continue;
            }
            if (place->topic != nullptr) {
                visit(place->topic);
            } else if (place->all != nullptr) {
                place->all->each(visit);
            }
        }
    }
    bool anything_new() const;

    Encoding encoding() const { return encoding_; }
    const LocConf* conf() const { return conf_; }
    slot::Transport transport() const { return transport_; }

    // Everybody of this worker, in no order worth knowing.
    Subscriber* next_of_all = nullptr;
    Subscriber* prev_of_all = nullptr;

    // What onair_log writes when it ends, beside messages and bytes.
    Reason reason = Reason::kNone;
    UnixMs opened() const { return opened_; }

    // The one station, if there is just one.
    Topic* only_topic() const;
    // What the subscriber wants (or all of it that is new) is in `first`.
    void mark_sent(bool only_new = false);
    // Counted in the zone; given back when the subscriber ends.
    void hold_cap(ZoneConf* zone, uint64_t address_hash);
    // Counts what it listens to in the zone. It already counts against the
    // caps.
    void count_here() const;

    // The end: it leaves all lists and all counts, and its line of the log is
    // written, whenever its memory goes. To be called by the destructor of each
    // kind, or earlier; `why` where nothing else was found to be the reason.
    void retire(Reason why) noexcept;

  protected:
    // It is over, whenever its memory goes: what each kind has to leave
    // besides.
    virtual void on_retire() noexcept {}
    // Sends what is newer than what was sent last; stops when deliver() does.
    void catch_up() noexcept;
    // No longer to be told goodbye; it ends by itself.
    void unlist();
    void count_message(uint64_t more = 1);
    // Its line of onair_log.
    virtual void write_log(const ngx_str_t& address) noexcept;
    // The client of whom the log tells.
    virtual ngx_str_t address() const noexcept = 0;

  private:
    // One station, or all of a zone, that the subscriber wants.
    struct Place {
        Topic* topic = nullptr;
        AllStations* all = nullptr;
        Place* next = nullptr;
        bool greeted = false;
        Link link;
    };
    Place* add_place();
    void drop(Place* place);

    // What is seldom looked at; behind it, side by side, what every delivery
    // touches, here and in those that derive from this.
    ZoneConf* capped_ = nullptr;
    uint64_t address_hash_ = 0;

  protected:
    const LocConf* conf_;
    UnixMs opened_;

  private:
    uint16_t count_ = 0;
    slot::Transport transport_;
    Encoding encoding_;
    bool listed_ = true;
    bool retired_ = false;

  public:
    uint32_t first_messages = 0;

  private:
    Place first_;

  public:
    // What it is greeted with, until it was sent.
    FramePtr first;
    uint64_t messages = 0;
    uint64_t bytes = 0;
};

// This worker has found a place: all that it holds is counted there from now
// on.
void count_everybody();
// Those of this worker that were not yet told goodbye.
size_t subscribers_listed();
// Calls leave() of some of them, in random order.
void say_goodbye_to(size_t count);
// The process ends with its connections open: retires everybody.
void retire_everybody();

}  // namespace onair::ngx
