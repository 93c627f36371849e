#include "ngx_module/poller/poller.h"

#include <algorithm>
#include "ngx_module/base/clock.h"
#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/poller/feed.h"
#include "ngx_module/poller/poll.h"
#include "ngx_module/poller/pull.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/state_file.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kTickMs = 250;
// With the tick of whoever takes it over less than the second that polling may
// pause for, and room for two ticks that come late.
constexpr uint32_t kLeaseMs = 700;

// One zone in this worker: whether we lead it, and what is to be polled then.
class ZonePoller {
  public:
    bool start(ngx_cycle_t* cycle, ZoneConf* zone, const MainConf* main);
    void turn(Ticks now);
    void leave();
    void end();
    ngx_msec_t next(Ticks now) const;

  private:
    void lead(Ticks now);
    void stop_leading();
    void settle(const Now& now);
    bool is_wished(const PollConf* poll) const;

    ZoneConf* zone_ = nullptr;
    Poll** polls_ = nullptr;
    Feed** feeds_ = nullptr;
    size_t poll_count_ = 0;
    size_t feed_count_ = 0;
    Pull** pulls_ = nullptr;
    size_t pull_count_ = 0;
    uint64_t hurries_ = 0;
    StateFile state_file_;
    bool leading_ = false;
};

// The shared figures of a poll location; of this worker's own where the zone's
// places are taken by the locations of former configurations.
slot::PollEntry* entry_of(ngx_cycle_t* cycle, const PollConf* conf)
{
    Result<slot::PollEntry*> entry =
        conf->zone->shared->find_or_add_poll(conf->key, view(conf->location));
    if (entry.ok()) {
        return *entry;
    }
    ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                  "onair zone \"%V\" has no place for the figures of \"%V\": "
                  "it is polled, but not shown",
                  &conf->zone->name, &conf->location);
    return make<slot::PollEntry>(cycle->pool);
}

bool ZonePoller::start(ngx_cycle_t* cycle, ZoneConf* zone, const MainConf* main)
{
    zone_ = zone;
    state_file_.start(zone);
    auto** confs = static_cast<PollConf**>(main->polls.elts);
    size_t most = main->polls.nelts;
    polls_ =
        static_cast<Poll**>(ngx_pcalloc(cycle->pool, most * sizeof(Poll*)));
    feeds_ =
        static_cast<Feed**>(ngx_pcalloc(cycle->pool, most * sizeof(Feed*)));
    pulls_ =
        static_cast<Pull**>(ngx_pcalloc(cycle->pool, most * sizeof(Pull*)));
    if (polls_ == nullptr || feeds_ == nullptr || pulls_ == nullptr) {
        return false;
    }
    for (size_t i = 0; i < most; i++) {
        PollConf* conf = confs[i];
        if (conf->zone != zone) {
            continue;
        }
        slot::PollEntry* entry = entry_of(cycle, conf);
        if (entry == nullptr) {
            return false;
        }
        if (conf->pull != nullptr) {
            Pull* pull = make<Pull>(cycle->pool, conf, entry);
            pulls_[pull_count_++] = pull;
            if (pull == nullptr) {
                return false;
            }
        } else if (conf->feed) {
            Feed* feed = make<Feed>(cycle->pool, conf, entry);
            feeds_[feed_count_++] = feed;
            if (feed == nullptr) {
                return false;
            }
        } else {
            Poll* poll = make<Poll>(cycle->pool, conf, entry);
            polls_[poll_count_++] = poll;
            if (poll == nullptr) {
                return false;
            }
        }
    }
    return true;
}

void ZonePoller::lead(Ticks now)
{
    leading_ = true;
    hurries_ = zone_->shared->hurries().load(std::memory_order_relaxed);
    for (size_t i = 0; i < poll_count_; i++) {
        polls_[i]->lead(now);
    }
    for (size_t i = 0; i < feed_count_; i++) {
        feeds_[i]->lead(now);
    }
    for (size_t i = 0; i < pull_count_; i++) {
        pulls_[i]->lead(now);
    }
}

void ZonePoller::stop_leading()
{
    leading_ = false;
    for (size_t i = 0; i < poll_count_; i++) {
        polls_[i]->stop();
    }
    for (size_t i = 0; i < feed_count_; i++) {
        feeds_[i]->stop();
    }
    for (size_t i = 0; i < pull_count_; i++) {
        pulls_[i]->stop();
    }
}

void ZonePoller::turn(Ticks now)
{
    // Downloads may keep a leaving worker for hours: what its zone says nobody
    // is told any more.
    if (worker_leaving() && subscribers_here() == 0) {
        leave();
        return;
    }
    bool holds =
        zone_->shared->lease().hold(static_cast<uint32_t>(ngx_pid), now,
                                    kLeaseMs, worker_leaving(), is_gone);
    if (!holds) {
        if (leading_) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "onair zone \"%V\" is led by another worker now",
                          &zone_->name);
            stop_leading();
            state_file_.let_go();
        }
        return;
    }
    if (!leading_) {
        lead(now);
    }
    uint64_t hurries = zone_->shared->hurries().load(std::memory_order_relaxed);
    for (size_t i = 0; i < feed_count_; i++) {
        feeds_[i]->turn(now);
    }
    for (size_t i = 0; i < pull_count_; i++) {
        pulls_[i]->turn(now);
    }
    for (size_t i = 0; i < poll_count_; i++) {
        if (hurries != hurries_ || is_wished(polls_[i]->conf())) {
            polls_[i]->hurry(now);
        }
        polls_[i]->turn(now);
    }
    for (size_t i = 0; i < feed_count_; i++) {
        feeds_[i]->grant();
    }
    hurries_ = hurries;
    settle(onair::ngx::now());
    state_file_.turn(now);
}

// Whether a feed had a line that means this poll location.
bool ZonePoller::is_wished(const PollConf* poll) const
{
    for (size_t i = 0; i < feed_count_; i++) {
        const ngx_str_t& of = feeds_[i]->conf()->feed_of;
        if (feeds_[i]->wishes() &&
            (of.len == 0 || view(of) == view(poll->location))) {
            return true;
        }
    }
    return false;
}

// Time alone may change what is told.
void ZonePoller::settle(const Now& now)
{
    uint64_t before = zone_->shared->changes();
    for (size_t i = 0; i < zone_->shared->stations(); i++) {
        slot::Slot slot = zone_->shared->slot(i);
        // A slot that is busy is settled with the next tick.
        [[maybe_unused]] Result<slot::Told> told =
            slot.settle(audience_of(zone_, i), now, author(), scratch().write);
    }
    if (zone_->shared->changes() != before) {
        tell_everybody();
    }
}

ngx_msec_t ZonePoller::next(Ticks now) const
{
    Ticks least = kTickMs;
    if (leading_) {
        for (size_t i = 0; i < poll_count_; i++) {
            if (!polls_[i]->running()) {
                Ticks due = polls_[i]->next();
                least = std::min(least, due > now ? due - now : 1);
            }
        }
    }
    return static_cast<ngx_msec_t>(least);
}

void ZonePoller::leave()
{
    if (leading_) {
        stop_leading();
        state_file_.leave();
        zone_->shared->lease().release(static_cast<uint32_t>(ngx_pid), ticks());
    }
}

// A publisher may have been answered after all leaders of this zone had left.
void ZonePoller::end()
{
    leading_ = leading_ ||
               (state_file_.has_news() &&
                zone_->shared->lease().hold(static_cast<uint32_t>(ngx_pid),
                                            ticks(), kLeaseMs, false, is_gone));
    leave();
}

// All zones of this worker, and the tick that moves them.
class Poller {
  public:
    Poller() : tick_(on_tick, this) {}

    bool start(ngx_cycle_t* cycle)
    {
        const MainConf* main = main_conf(cycle);
        auto** zones = static_cast<ZoneConf**>(main->zones.elts);
        count_ = main->zones.nelts;
        zones_ = static_cast<ZonePoller**>(
            ngx_pcalloc(cycle->pool, count_ * sizeof(ZonePoller*)));
        if (zones_ == nullptr) {
            return false;
        }
        for (size_t i = 0; i < count_; i++) {
            zones_[i] = make<ZonePoller>(cycle->pool);
            if (zones_[i] == nullptr ||
                !zones_[i]->start(cycle, zones[i], main)) {
                return false;
            }
        }
        tick_.start(1);
        return true;
    }

    void soon()
    {
        // Not now: whoever calls may be inside a poll's end. Nor put off: a
        // feed may have us called more often than each millisecond.
        if (!tick_.ends_within(1)) {
            tick_.start(1);
        }
    }

    void leave()
    {
        for (size_t i = 0; i < count_; i++) {
            zones_[i]->leave();
        }
        tell_everybody();
    }

    void end()
    {
        for (size_t i = 0; i < count_; i++) {
            zones_[i]->end();
        }
        tell_everybody();
    }

  private:
    static void on_tick(void* self) noexcept
    {
        static_cast<Poller*>(self)->turn();
    }

    void turn()
    {
        ngx_msec_t next = kTickMs;
        for (size_t i = 0; i < count_; i++) {
            zones_[i]->turn(ticks());
            next = ngx_min(next, zones_[i]->next(ticks()));
        }
        tick_.start(next);
    }

    ZonePoller** zones_ = nullptr;
    size_t count_ = 0;
    LoopEvent tick_;
};

PerWorker<Poller> g_poller;

}  // namespace

ngx_int_t start_poller(ngx_cycle_t* cycle)
{
    g_poller.start();
    return g_poller->start(cycle) ? NGX_OK : NGX_ERROR;
}

void stop_poller()
{
    g_poller.stop();
}

void look_at_polls()
{
    if (g_poller) {
        g_poller->soon();
    }
}

void leave_polls()
{
    if (g_poller) {
        g_poller->leave();
    }
}

void end_polls()
{
    if (g_poller) {
        g_poller->end();
    }
}

}  // namespace onair::ngx
