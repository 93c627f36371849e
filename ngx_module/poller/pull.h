// The sound of a station, pulled from its source by the worker that leads the
// zone and written into the ring, as long as somebody listens. Connects again
// with back-off, and goes on at the very byte where the source still has it.
#pragma once

#include "ngx_module/base/line_quota.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/poller/poll_request.h"
#include "poller/schedule.h"
#include "slot/polls.h"
#include "sound/icy.h"
#include "sound/icy_head.h"
#include "sound/ring.h"

namespace onair::ngx {

class Pull final : public PollAnswer {
  public:
    Pull(const PollConf* conf, slot::PollEntry* entry) noexcept;
    ~Pull();

    void lead(Ticks now);
    void turn(Ticks now);
    void stop();

  protected:
    void on_head(const ngx_http_request_t* r) noexcept override;
    bool on_bytes(ConstBytes bytes) noexcept override;
    void on_done(Outcome outcome, ngx_uint_t status) noexcept override;

  private:
    // What a pull needs while it runs.
    struct Live;

    static void on_silence(void* self) noexcept;
    static void on_flush(void* self) noexcept;
    bool is_wanted(Ticks now);
    bool is_others(Ticks now) const;
    void start(Ticks now);
    bool take_head(ConstBytes& bytes);
    sound::Info info_of(ConstBytes first) const;
    bool begin(ConstBytes first);
    bool take(ConstBytes bytes);
    bool take_sound(ConstBytes sound);
    bool hold(ConstBytes sound);
    bool look_for_joint(bool last);
    bool go_on(size_t joint);
    void say(const sound::IcyWords& words);
    void note_heard(Ticks now);
    void heed_publishers();
    void note_titles();
    void tell_title();
    bool judge(Outcome done);
    void end();
    void tell_end(Fault fault, ngx_uint_t status);

    const PollConf* conf_;
    const PullConf* pull_;
    slot::PollEntry* entry_;
    poller::Schedule schedule_;
    PollRequest* request_ = nullptr;
    Live* live_ = nullptr;
    LoopEvent silence_;
    LoopEvent flush_;
    Ticks wanted_at_ = 0;
    Ticks heard_at_ = 0;  // by whoever pulled before
    Ticks titled_at_ = 0;
    bool running_ = false;
    bool stopped_ = false;
    bool heard_ = false;  // since it was connected
    bool told_ = false;   // and the log knows it
    bool fenced_ = false;
    bool asked_ = false;             // since somebody listens
    Fault said_ = Fault::kNoMemory;  // of the last end
    LineQuota lines_;
    // What the answer's head said.
    uint32_t metaint_ = 0;
    uint32_t bitrate_ = 0;
    ngx_str_t type_{0, nullptr};
    ngx_str_t name_{0, nullptr};
    ngx_str_t genre_{0, nullptr};
    ngx_str_t url_{0, nullptr};
    sound::IcyHead head_;  // where it stands in the bytes
};

}  // namespace onair::ngx
