// A poll location: asked at its interval by the worker that leads the zone,
// each answer taken whole or not at all. One per location and worker.
#pragma once

#include "ngx_module/base/line_quota.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/poller/notices.h"
#include "ngx_module/poller/poll_request.h"
#include "poller/schedule.h"
#include "slot/polls.h"

namespace onair::ngx {

class Poll final : public PollAnswer {
  public:
    Poll(const PollConf* conf, slot::PollEntry* entry) noexcept
        : conf_(conf),
          entry_(entry),
          notices_(conf, entry),
          deadline_(on_deadline, this)
    {}

    const PollConf* conf() const { return conf_; }
    bool running() const { return running_; }
    Ticks next() const { return schedule_.next(); }

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
    void on_charset(std::string_view name) noexcept override
    {
        said_charset_ = source::charset_of(name);
    }
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
    Notices notices_;
    poller::Schedule schedule_;
    PollRequest* request_ = nullptr;
    LoopEvent deadline_;
    uint8_t* body_ = nullptr;
    size_t size_ = 0;
    size_t room_ = 0;
    std::optional<source::Charset> said_charset_;
    Ticks started_ = 0;
    bool running_ = false;
    bool stopped_ = false;
    bool failing_ = false;  // and the log knows it
    Fault said_ = Fault::kNoMemory;
    Ticks said_at_ = 0;
    LineQuota lines_;
};

}  // namespace onair::ngx
