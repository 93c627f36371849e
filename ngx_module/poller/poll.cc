#include "ngx_module/poller/poll.h"

#include <algorithm>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/base/str.h"
#include "ngx_module/poller/harvest.h"
#include "ngx_module/poller/poller.h"
#include "ngx_module/zone/audience.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// A failing source is told of again after so long, if the reason is the same.
constexpr ngx_msec_t kSayAgainMs = 60000;

}  // namespace

void Poll::ask(Ticks now)
{
    running_ = true;
    stopped_ = false;
    schedule_.began(now);
    size_ = 0;
    said_charset_ = source::Charset();
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
    Ticks now = ticks();
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
    Harvest harvest(conf_, &notices_);
    Outcome outcome = harvest.take({body_, size_}, said_charset_);
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
    Ticks now = ticks();
    bool said = failing_ && said_ == fault && now - said_at_ < kSayAgainMs;
    if (said || !lines_.take(now, static_cast<unsigned>(fault))) {
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

}  // namespace onair::ngx
