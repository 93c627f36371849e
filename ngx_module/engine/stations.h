// The stations of a zone and those of other machines: what publishers said here
// goes out, what they said there comes in, and how many subscribers there are
// at all of them. Part of the engine of the zone, in the worker with the
// connection.
//
// A publication is in its slot before anybody else hears of it. What other
// machines lack is what the slot has and they were not told (pushed and crossed
// of the slot): so nothing waits anywhere, and of what was said while the
// engine was away the last is told. The engine's order decides; of what had to
// wait for it, the clocks. As nobody can tell how long a command has lain
// before an engine that was stopped, none overrides at first what is later by
// the clocks: refused and answered soon, it is sent again to do so.
//
// State and counts of a source are told and replaced apart, each under the
// number that the engine gave it; so who reads all once more takes only what is
// newer. The slot's claim decides between a publisher here and one elsewhere:
// nothing that was said here is written over before it is told.
#pragma once

#include "engine/follower.h"
#include "engine/hearing.h"
#include "engine/publication.h"
#include "ngx_module/engine/settings.h"
#include "slot/pushed.h"

namespace onair::ngx {

class Engine;

// Of one reply that reads.
inline constexpr size_t kPublicationsPage = 64;

class Stations {
  public:
    Stations(ZoneConf* zone, const EngineConf* conf, Engine* engine);
    ~Stations();
    Stations(const Stations&) = delete;
    Stations& operator=(const Stations&) = delete;

    // The worker has the lease from now on. False: there is no memory.
    bool lead();
    void stop();
    // The zone has something of stations in common with other machines.
    bool any() const { return (zone_->share & ~kShareRooms) != 0; }
    // Publishers spoke since it looked last.
    bool has_news() const;

    // The channel that is to be subscribed to.
    std::string_view channel() const { return channel_; }
    void subscribed() { heard_ = true; }
    void lost();
    // `ready`: the engine takes commands.
    void turn(Ticks now, bool ready);

    // What the engine says.
    void published(std::string_view text);
    void on_head(const engine::Event& event);
    void on_entry(const engine::Event& event);
    void on_list_end();
    void on_put(int64_t number);
    // Its keys are something else's at the engine.
    void on_refused(Ticks now);
    // Wakes who has something to see.
    void tell_touched();

  private:
    // What other machines know of one source of a station.
    struct Known {
        uint32_t key = 0;
        uint64_t state = 0;
        uint64_t counts = 0;
        Ticks good = 0;
        // The engine's numbers of the state and the counts.
        uint64_t state_at = 0;
        uint64_t counts_at = 0;
    };
    // How many subscribers another machine has.
    struct Elsewhere {
        Elsewhere* next = nullptr;
        uint64_t machine = 0;
        Ticks at = 0;
        uint32_t subscribers = 0;
    };
    struct Station {
        Known known[slot::kMaxSources];
        bool in_flight = false;
        Ticks overrides_until = 0;
        uint32_t told = 0;  // subscribers here, when told last
        Elsewhere* elsewhere = nullptr;
    };
    // What was sent and is not answered yet.
    struct Put {
        size_t station = 0;
        Known known;         // when it is
        unsigned parts = 0;  // of `known`, that are
        bool first_come = false;
        Ticks at = 0;
    };

    // What is said to be taken over from another machine.
    struct Taken {
        size_t station = 0;
        uint64_t pushed = 0;  // when that was decided
        unsigned parts = 0;
        uint64_t number = 0;  // the engine's
        Now then;
    };

    static constexpr size_t kMostPuts = 64;

    uint64_t machine() const;
    Bytes scratch_memory() const;
    Known& known_of(Station& station, uint32_t key) const;
    static unsigned lacking(const Known& known, const slot::Pushed& pushed);
    static bool lasts_anew(const Known& known, const slot::Pushed& pushed);
    static Known known_by(const slot::Pushed& pushed);
    void list();
    void mark_all();
    void follow();
    void send_news(Ticks now);
    bool send(size_t index, Ticks now);
    void put(size_t index, const slot::Pushed& pushed, unsigned parts,
             std::string_view how, Ticks now);
    void take(std::string_view payload, uint64_t number, bool live);
    Now along(size_t index, uint32_t key) const;
    void apply(size_t index, const engine::Publication& publication,
               uint64_t number, bool live);
    Result<slot::Told> take_over(const Taken& taken,
                                 const engine::Publication& publication);
    static void know_same(Known& known, const slot::Pushed& mine,
                          const engine::Publication& publication);
    bool overrides(size_t index, Ticks now) const;
    bool is_first_come(const slot::Pushed& pushed, Ticks now) const;
    unsigned fresh(size_t index, uint32_t key, uint64_t number);
    unsigned wanted(size_t index, const engine::Publication& publication);
    void echoed(size_t index, const engine::Publication& publication,
                uint64_t number);
    void remember(const Taken& taken, const engine::Publication& publication);
    void know(size_t index, const Known& now, unsigned parts, uint64_t number);

    // how many there are
    void count(Ticks now, bool ready);
    void tell_counts(Ticks now, bool asks, bool all);
    void hear_counts(std::string_view text);
    void hear_count(size_t index, uint64_t machine, uint32_t subscribers);
    void sum_counts(Ticks now);
    void forget_counts();

    ZoneConf* zone_;
    const EngineConf* conf_;
    Engine* engine_;
    Station* stations_ = nullptr;  // of the zone's capacity

    engine::Follower follower_;
    size_t entries_ = 0;  // of the reply that is coming
    Put puts_[kMostPuts];
    size_t puts_begin_ = 0;
    size_t puts_count_ = 0;
    uint64_t looked_ = 0;  // publications of the zone, when looked last
    size_t next_ = 0;      // the station to look at first
    bool again_ = false;   // something is left to send
    bool heard_ = false;   // what is published comes here
    bool away_ = false;    // it was lost since this worker leads
    bool reread_ = false;  // something could not be taken
    bool said_refused_ = false;
    bool changed_ = false;
    Ticks back_at_ = 0;  // the engine is back since, or another one
    Ticks refused_until_ = 0;
    Ticks reread_at_ = 0;

    bool asked_counts_ = false;
    Ticks told_at_ = 0;
    Ticks looked_at_ = 0;
    Ticks led_since_ = 0;

    // LIFETIME: the cycle's.
    std::string_view table_;
    std::string_view kept_;
    std::string_view order_;
    std::string_view channel_;
};

}  // namespace onair::ngx
