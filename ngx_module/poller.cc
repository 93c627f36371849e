#include "poller.h"

#include <algorithm>
#include <new>

#include "audience.h"
#include "feed.h"
#include "harvest.h"
#include "life.h"
#include "notifier.h"
#include "poll_request.h"
#include "poller/schedule.h"
#include "pool.h"
#include "rc.h"
#include "str.h"
#include "timer.h"
#include "worker.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kTickMs = 250;
// With the tick of whoever takes it over less than the second that polling may
// pause for, and room for two ticks that come late.
constexpr uint32_t kLeaseMs = 700;
// A failing source is told of again after so long, if the reason is the same.
constexpr ngx_msec_t kSayAgainMs = 60000;

// One poll location in this worker.
class Poll final : public PollAnswer {
  public:
    Poll(const PollConf* conf, slot::PollEntry* entry) noexcept
        : conf_(conf), entry_(entry), deadline_(on_deadline, this)
    {}

    const PollConf* conf() const { return conf_; }
    bool running() const { return running_; }
    ngx_msec_t next() const { return schedule_.next(); }

    void lead(Ticks now) { schedule_.start(now); }
    void hurry(Ticks now) { schedule_.hurry(now, pace()); }
    void turn(Ticks now)
    {
        if (!running_ && schedule_.due(now)) {
            ask(now);
        }
    }
    void stop()
    {
        if (request_ != nullptr) {
            stopped_ = true;
            abort_poll_request(request_, Fault::kIncomplete);
        }
    }

  protected:
    bool on_bytes(ConstBytes bytes) noexcept override;
    void on_done(Outcome outcome, ngx_uint_t status) noexcept override;

  private:
    static void on_deadline(void* self) noexcept
    {
        auto* poll = static_cast<Poll*>(self);
        if (poll->request_ != nullptr) {
            abort_poll_request(poll->request_, Fault::kTimeout);
        }
    }

    poller::Pace pace() const
    {
        poller::Pace pace;
        pace.interval_ms = static_cast<uint32_t>(conf_->interval);
        pace.idle_ms = static_cast<uint32_t>(conf_->idle);
        pace.back_off_ms = poller::back_off_for(pace.interval_ms);
        return pace;
    }
    void ask(Ticks now);
    void judge(Outcome outcome, ngx_uint_t status);
    Outcome take_answer();
    void say(Fault fault, ngx_uint_t status);
    void say_good();

    const PollConf* conf_;
    slot::PollEntry* entry_;
    poller::Schedule schedule_;
    PollRequest* request_ = nullptr;
    LoopEvent deadline_;
    uint8_t* body_ = nullptr;
    size_t size_ = 0;
    size_t room_ = 0;
    ngx_msec_t started_ = 0;
    bool running_ = false;
    bool stopped_ = false;
    bool failing_ = false;
    Fault said_ = Fault::kNoMemory;
    ngx_msec_t said_at_ = 0;
};

void Poll::ask(Ticks now)
{
    running_ = true;
    stopped_ = false;
    size_ = 0;
    started_ = now;
    entry_->last_started.store(now, std::memory_order_relaxed);
    deadline_.start(conf_->timeout);
    start_poll_request(conf_, this, false, &request_);
}

bool Poll::on_bytes(ConstBytes bytes) noexcept
{
    if (bytes.size() > conf_->max_body - size_) {
        return false;
    }
    if (size_ + bytes.size() > room_) {
        size_t room = ngx_max(room_ * 2, size_t{16384});
        room = ngx_max(room, size_ + bytes.size());
        auto* at = static_cast<uint8_t*>(ngx_alloc(room, ngx_cycle->log));
        if (at == nullptr) {
            return false;
        }
        copy_bytes(at, body_, size_);
        ngx_free(body_);
        body_ = at;
        room_ = room;
    }
    copy_bytes(body_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
}

void Poll::on_done(Outcome outcome, ngx_uint_t status) noexcept
{
    deadline_.stop();
    running_ = false;
    // Unless we ended it ourselves: no fault of the source.
    if (outcome.ok() || !(worker_leaving() || stopped_)) {
        judge(outcome, status);
    }
    ngx_free(body_);
    body_ = nullptr;
    room_ = size_ = 0;
    look_at_polls();
}

void Poll::judge(Outcome outcome, ngx_uint_t status)
{
    Ticks now = ngx_current_msec;
    entry_->last_duration_ms.store(static_cast<uint32_t>(now - started_),
                                   std::memory_order_relaxed);
    entry_->last_bytes.store(static_cast<uint32_t>(size_),
                             std::memory_order_relaxed);
    if (outcome.ok()) {
        outcome = take_answer();
    }
    if (outcome.ok()) {
        entry_->successes.fetch_add(1, std::memory_order_relaxed);
        entry_->last_good.store(now, std::memory_order_relaxed);
        entry_->last_fault.store(0, std::memory_order_relaxed);
        schedule_.succeeded(now, pace(), !anybody_listens(conf_->zone),
                            random_number());
        say_good();
    } else {
        Fault fault = outcome.fault();
        auto by = static_cast<size_t>(fault);
        entry_->failures.fetch_add(1, std::memory_order_relaxed);
        entry_->failures_by[by].fetch_add(1, std::memory_order_relaxed);
        entry_->last_fault.store(static_cast<uint32_t>(by) + 1,
                                 std::memory_order_relaxed);
        schedule_.failed(now, pace(), random_number());
        say(fault, status);
    }
}

Outcome Poll::take_answer()
{
    Harvest harvest(conf_);
    Outcome outcome = harvest.take({body_, size_});
    if (outcome.ok()) {
        entry_->last_stations.store(static_cast<uint32_t>(harvest.stations()),
                                    std::memory_order_relaxed);
    }
    if (harvest.changes() > 0) {
        entry_->changes.fetch_add(1, std::memory_order_relaxed);
        tell_everybody();
    }
    return outcome;
}

void Poll::say(Fault fault, ngx_uint_t status)
{
    ngx_msec_t now = ngx_current_msec;
    if (failing_ && said_ == fault && now - said_at_ < kSayAgainMs) {
        return;
    }
    failing_ = true;
    said_ = fault;
    said_at_ = now;
    if (fault == Fault::kTooLarge) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "onair poll of \"%V\" failed: answer is larger than "
                      "max_body=%uz, the last good state is kept",
                      &conf_->location, conf_->max_body);
        return;
    }
    ngx_log_error(log_level(fault), ngx_cycle->log, 0,
                  "onair poll of \"%V\" failed: %s (status %ui), the last "
                  "good state is kept",
                  &conf_->location, sentence(fault), status);
}

void Poll::say_good()
{
    if (failing_) {
        failing_ = false;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "onair poll of \"%V\" succeeds again", &conf_->location);
    }
}

// One zone in this worker: whether we lead it, and what is to be polled then.
class ZonePoller {
  public:
    bool start(ngx_cycle_t* cycle, ZoneConf* zone, const MainConf* main);
    void turn(Ticks now);
    void leave();
    ngx_msec_t next(Ticks now) const;

  private:
    void lead(Ticks now);
    void stop_leading();
    void settle(const slot::Now& now);
    bool is_wished(const PollConf* poll) const;

    ZoneConf* zone_ = nullptr;
    Poll** polls_ = nullptr;
    Feed** feeds_ = nullptr;
    size_t poll_count_ = 0;
    size_t feed_count_ = 0;
    uint64_t hurries_ = 0;
    bool leading_ = false;
};

// The shared figures of a poll location; of this worker's own where the zone's
// places are taken by the locations of former configurations.
slot::PollEntry* entry_of(ngx_cycle_t* cycle, const PollConf* conf)
{
    Result<slot::PollEntry*> entry =
        conf->zone->zone->find_or_add_poll(conf->key, view(conf->location));
    if (entry.ok()) {
        return *entry;
    }
    ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                  "onair zone \"%V\" has no place for the figures of \"%V\": "
                  "it is polled, but not shown",
                  &conf->zone->name, &conf->location);
    void* at = ngx_pcalloc(cycle->pool, sizeof(slot::PollEntry));
    // SAFETY: fresh pool memory; an entry has no destructor.
    return at == nullptr ? nullptr : new (at) slot::PollEntry();
}

bool ZonePoller::start(ngx_cycle_t* cycle, ZoneConf* zone, const MainConf* main)
{
    zone_ = zone;
    auto** confs = static_cast<PollConf**>(main->polls.elts);
    size_t most = main->polls.nelts;
    polls_ =
        static_cast<Poll**>(ngx_pcalloc(cycle->pool, most * sizeof(Poll*)));
    feeds_ =
        static_cast<Feed**>(ngx_pcalloc(cycle->pool, most * sizeof(Feed*)));
    if (polls_ == nullptr || feeds_ == nullptr) {
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
        if (conf->feed) {
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
    hurries_ = zone_->zone->hurries().load(std::memory_order_relaxed);
    for (size_t i = 0; i < poll_count_; i++) {
        polls_[i]->lead(now);
    }
    for (size_t i = 0; i < feed_count_; i++) {
        feeds_[i]->lead(now);
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
}

void ZonePoller::turn(Ticks now)
{
    bool holds = zone_->zone->lease().hold(static_cast<uint32_t>(ngx_pid), now,
                                           kLeaseMs, worker_leaving(), is_gone);
    if (!holds) {
        if (leading_) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "onair zone \"%V\" is led by another worker now",
                          &zone_->name);
            stop_leading();
        }
        return;
    }
    if (!leading_) {
        lead(now);
    }
    uint64_t hurries = zone_->zone->hurries().load(std::memory_order_relaxed);
    for (size_t i = 0; i < feed_count_; i++) {
        feeds_[i]->turn(now);
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
void ZonePoller::settle(const slot::Now& now)
{
    uint64_t before = zone_->zone->changes();
    for (size_t i = 0; i < zone_->zone->stations(); i++) {
        slot::Slot slot = zone_->zone->slot(i);
        // A slot that is busy is settled with the next tick.
        [[maybe_unused]] Result<slot::Told> told =
            slot.settle(audience_of(zone_, i), now, author(), scratch().write);
    }
    if (zone_->zone->changes() != before) {
        tell_everybody();
    }
}

ngx_msec_t ZonePoller::next(Ticks now) const
{
    ngx_msec_t least = kTickMs;
    if (leading_) {
        for (size_t i = 0; i < poll_count_; i++) {
            if (!polls_[i]->running()) {
                ngx_msec_t due = polls_[i]->next();
                least = std::min(least, due > now ? due - now : 1);
            }
        }
    }
    return least;
}

void ZonePoller::leave()
{
    if (leading_) {
        stop_leading();
        zone_->zone->lease().release(static_cast<uint32_t>(ngx_pid),
                                     ngx_current_msec);
    }
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
        // Not now: whoever calls may be inside a poll's end.
        tick_.start(1);
    }

    void leave()
    {
        for (size_t i = 0; i < count_; i++) {
            zones_[i]->leave();
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
            zones_[i]->turn(ngx_current_msec);
            next = ngx_min(next, zones_[i]->next(ngx_current_msec));
        }
        tick_.start(next);
    }

    ZonePoller** zones_ = nullptr;
    size_t count_ = 0;
    LoopEvent tick_;
};

alignas(Poller) unsigned char g_memory[sizeof(Poller)];
Poller* g_poller;

}  // namespace

ngx_int_t start_poller(ngx_cycle_t* cycle)
{
    // SAFETY: static memory of the right size; destroyed by stop_poller().
    g_poller = new (g_memory) Poller();
    return g_poller->start(cycle) ? NGX_OK : NGX_ERROR;
}

void stop_poller()
{
    if (g_poller != nullptr) {
        g_poller->~Poller();
        g_poller = nullptr;
    }
}

void look_at_polls()
{
    if (g_poller != nullptr) {
        g_poller->soon();
    }
}

void leave_polls()
{
    if (g_poller != nullptr) {
        g_poller->leave();
    }
}

}  // namespace onair::ngx
