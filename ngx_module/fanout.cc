#include "fanout.h"

#include <new>

#include "subscriber.h"
#include "timer.h"
#include "worker.h"

namespace onair::ngx {

namespace {

// Deliveries before other events have their turn: about two milliseconds.
constexpr size_t kPerTurn = 256;

}  // namespace

class Fanout {
  public:
    Fanout() : more_(on_more, this) {}

    void add(Topic* topic)
    {
        if (topic->dirty && topic == first_ && begun_) {
            // In its lap already: everybody is visited once more.
            topic->lap = ++lap_;
            topic->listing().start_lap();
            if (all_ != nullptr) {
                all_->listing().start_lap();
            }
            return;
        }
        if (topic->dirty) {
            return;
        }
        topic->dirty = true;
        topic->next_dirty = nullptr;
        *last_ = topic;
        last_ = &topic->next_dirty;
        more_.post();
    }

    void forget(Topic* topic)
    {
        if (!topic->dirty) {
            return;
        }
        if (topic == first_) {
            begun_ = false;
        }
        Topic** place = &first_;
        while (*place != topic) {
            place = &(*place)->next_dirty;
        }
        *place = topic->next_dirty;
        if (last_ == &topic->next_dirty) {
            last_ = place;
        }
        topic->dirty = false;
    }

    void forget(AllStations* all)
    {
        if (all_ == all) {
            all_ = nullptr;
        }
    }

    uint64_t lap() const { return lap_; }

  private:
    static void on_more(void* self) noexcept
    {
        static_cast<Fanout*>(self)->work();
    }

    void work()
    {
        size_t budget = kPerTurn;
        while (first_ != nullptr && budget > 0) {
            if (!begun_) {
                begin(first_);
            }
            if (visit(first_, first_->listing(), &budget) &&
                (all_ == nullptr || visit(first_, all_->listing(), &budget))) {
                forget(first_);
            }
        }
        if (first_ != nullptr) {
            more_.post_next();
        }
    }

    void begin(Topic* topic)
    {
        begun_ = true;
        topic->lap = ++lap_;
        topic->listing().start_lap();
        all_ = all_of(topic);
        if (all_ != nullptr) {
            all_->listing().start_lap();
        }
    }

    // True when the lap is over.
    bool visit(Topic* topic, Listing& listing, size_t* budget)
    {
        bool own = &listing == &topic->listing();
        uint64_t mark = own ? topic->seq() : topic->lap;
        while (*budget > 0) {
            Link* link = listing.step();
            if (link == nullptr) {
                return true;
            }
            (*budget)--;
            if (link->sent != mark && link->subscriber->deliver(topic)) {
                link->sent = mark;
            }
        }
        return false;
    }

    Topic* first_ = nullptr;
    Topic** last_ = &first_;
    AllStations* all_ = nullptr;
    bool begun_ = false;  // first_ is in its lap
    uint64_t lap_ = 0;
    LoopEvent more_;
};

namespace {

alignas(Fanout) unsigned char g_memory[sizeof(Fanout)];
Fanout* g_fanout;

}  // namespace

void start_fanout()
{
    // SAFETY: static memory of the right size; destroyed by stop_fanout().
    g_fanout = new (g_memory) Fanout();
}

void stop_fanout()
{
    if (g_fanout != nullptr) {
        g_fanout->~Fanout();
        g_fanout = nullptr;
    }
}

void fan_out(Topic* topic)
{
    if (g_fanout != nullptr) {
        g_fanout->add(topic);
    }
}

void forget_topic(Topic* topic)
{
    if (g_fanout != nullptr) {
        g_fanout->forget(topic);
    }
}

void forget_all(AllStations* all)
{
    if (g_fanout != nullptr) {
        g_fanout->forget(all);
    }
}

uint64_t last_lap()
{
    return g_fanout != nullptr ? g_fanout->lap() : 0;
}

}  // namespace onair::ngx
