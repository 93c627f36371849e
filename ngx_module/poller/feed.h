// A feed: an endless answer, read by the worker that leads the zone, whose
// lines about a mount mean "poll now". Connects again with back-off.
#pragma once

#include "ngx_module/base/line_quota.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/poller/poll_request.h"
#include "poller/schedule.h"
#include "slot/polls.h"
#include "source/feed.h"

namespace onair::ngx {

class Feed final : public PollAnswer {
  public:
    Feed(const PollConf* conf, slot::PollEntry* entry) noexcept;

    void lead(Ticks now);
    void turn(Ticks now);
    void stop();
    // Whether a line asked for a poll since the last grant().
    bool wishes() const { return wish_; }
    void grant() { wish_ = false; }
    const PollConf* conf() const { return conf_; }

  protected:
    bool on_bytes(ConstBytes bytes) noexcept override;
    void on_done(Outcome outcome, ngx_uint_t status) noexcept override;

  private:
    static void on_silence(void* self) noexcept;
    void watch_silence();

    const PollConf* conf_;
    slot::PollEntry* entry_;
    poller::Schedule schedule_;
    source::FeedReader reader_;
    PollRequest* request_ = nullptr;
    LoopEvent silence_;
    bool running_ = false;
    bool stopped_ = false;
    bool heard_ = false;  // since it was connected
    bool told_ = false;   // and the log knows it
    bool wish_ = false;
    Fault said_ = Fault::kNoMemory;  // of the last end
    LineQuota lines_;
};

}  // namespace onair::ngx
