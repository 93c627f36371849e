#include "ngx_module/fanout/fanout.h"

#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/fanout/watch.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// Deliveries before other events have their turn: about two milliseconds.
constexpr size_t kPerTurn = 256;

}  // namespace

class Fanout {
  public:
    Fanout() : more_(on_more, this) {}

    void tell(Topic* topic)
    {
        add(topic);
        if (topic->all != nullptr) {
            topic->all->changed(topic, ++changes_);
            add(topic->all);
        }
    }

    void forget(Listing* listing)
    {
        if (!listing->dirty) {
            return;
        }
        if (listing == first_) {
            begun_ = false;
        }
        Listing** place = &first_;
        while (*place != listing) {
            place = &(*place)->next_dirty;
        }
        *place = listing->next_dirty;
        if (last_ == &listing->next_dirty) {
            last_ = place;
        }
        listing->dirty = false;
    }

    uint64_t changes() const { return changes_; }

  private:
    void add(Listing* listing)
    {
        if (listing->dirty) {
            if (listing == first_ && begun_) {
                // In its lap already: everybody is visited once more.
                listing->start_lap();
            }
            return;
        }
        if (listing->empty()) {
            return;
        }
        listing->dirty = true;
        listing->next_dirty = nullptr;
        *last_ = listing;
        last_ = &listing->next_dirty;
        more_.post();
    }

    static void on_more(void* self) noexcept
    {
        static_cast<Fanout*>(self)->work();
    }

    void work()
    {
        size_t budget = kPerTurn;
        while (first_ != nullptr && budget > 0) {
            if (!begun_) {
                begun_ = true;
                first_->start_lap();
            }
            if (first_->visit(&budget)) {
                forget(first_);
            }
        }
        if (first_ != nullptr) {
            more_.post_next();
        }
    }

    Listing* first_ = nullptr;
    Listing** last_ = &first_;
    bool begun_ = false;  // first_ is in its lap
    uint64_t changes_ = 0;
    LoopEvent more_;
};

namespace {

PerWorker<Fanout> g_fanout;

}  // namespace

void start_fanout()
{
    g_fanout.start();
}

void stop_fanout()
{
    g_fanout.stop();
}

void fan_out(Topic* topic)
{
    if (g_fanout) {
        g_fanout->tell(topic);
    }
}

void fan_out_if_overdue(Topic* topic)
{
    if (topic->overdue() && topic->look()) {
        fan_out(topic);
    }
}

void forget_listing(Listing* listing)
{
    if (g_fanout) {
        g_fanout->forget(listing);
    }
}

uint64_t last_change()
{
    return g_fanout ? g_fanout->changes() : 0;
}

}  // namespace onair::ngx
