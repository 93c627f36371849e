#include "ngx_module/poller/feed.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/poller/poller.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr poller::Pace kReconnect{1000, 0, 60000};

}  // namespace

Feed::Feed(const PollConf* conf, slot::PollEntry* entry) noexcept
    : conf_(conf), entry_(entry), silence_(on_silence, this)
{}

void Feed::lead(Ticks now)
{
    schedule_.start(now);
}

void Feed::turn(Ticks now)
{
    // One that is leaving may poll for its clients, but a feed has no end.
    if (running_ || worker_leaving() || !schedule_.due(now)) {
        return;
    }
    running_ = true;
    stopped_ = false;
    heard_ = false;
    reader_ = source::FeedReader();
    entry_->last_started.store(now, std::memory_order_relaxed);
    watch_silence();
    start_poll_request(conf_, this, true, &request_);
}

void Feed::stop()
{
    if (request_ != nullptr) {
        stopped_ = true;
        abort_poll_request(request_, Fault::kIncomplete);
    }
}

void Feed::watch_silence()
{
    if (conf_->timeout > 0) {
        silence_.start(conf_->timeout);
    }
}

void Feed::on_silence(void* self) noexcept
{
    auto* feed = static_cast<Feed*>(self);
    if (feed->request_ != nullptr) {
        abort_poll_request(feed->request_, Fault::kTimeout);
    }
}

bool Feed::on_bytes(ConstBytes bytes) noexcept
{
    Ticks now = ticks();
    watch_silence();
    entry_->last_good.store(now, std::memory_order_relaxed);
    entry_->last_fault.store(0, std::memory_order_relaxed);
    if (!heard_) {
        heard_ = true;
        schedule_.succeeded(now, kReconnect, false, random_number());
        entry_->successes.fetch_add(1, std::memory_order_relaxed);
        told_ = lines_.take(now, 0);
        if (told_) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "onair feed of \"%V\" is connected",
                          &conf_->location);
        }
    }
    if (reader_.take(bytes) > 0) {
        wish_ = true;
        entry_->changes.fetch_add(1, std::memory_order_relaxed);
        look_at_polls();
    }
    return true;
}

void Feed::on_done(Outcome outcome, ngx_uint_t status) noexcept
{
    silence_.stop();
    running_ = false;
    if (worker_leaving() || stopped_) {
        return;  // we ended it ourselves: no fault of the source
    }
    // A feed has no good end: an orderly one is an incomplete answer too.
    Fault fault = outcome.ok() ? Fault::kIncomplete : outcome.fault();
    auto by = static_cast<size_t>(fault);
    entry_->failures.fetch_add(1, std::memory_order_relaxed);
    entry_->failures_by[by].fetch_add(1, std::memory_order_relaxed);
    entry_->last_fault.store(static_cast<uint32_t>(by) + 1,
                             std::memory_order_relaxed);
    schedule_.failed(ticks(), kReconnect, random_number());
    bool news = heard_ ? told_ || lines_.take(ticks(), 0)
                       : schedule_.failures() == 1 || fault != said_;
    heard_ = false;
    said_ = fault;
    if (news) {
        ngx_log_error(log_level(fault), ngx_cycle->log, 0,
                      "onair feed of \"%V\" ended: %s (status %ui), polls go "
                      "on at their interval",
                      &conf_->location, sentence(fault), status);
    }
    look_at_polls();
}

}  // namespace onair::ngx
