#include "ngx_module/subscriber/drain.h"

#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/subscriber/subscriber.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kStepMs = 50;

class Drain {
  public:
    Drain() : timer_(on_timer, this)
    {
        steps_left_ = time() / kStepMs + 1;
        step();
    }

    void go_on()
    {
        if (!timer_.started()) {
            timer_.start(kStepMs, true);
        }
    }

  private:
    // When worker_shutdown_timeout comes everybody must have had a goodbye.
    static ngx_msec_t time()
    {
        // SAFETY: what nginx keeps there, behind a pointer of its own kind.
        auto* core = reinterpret_cast<ngx_core_conf_t*>(
            ngx_get_conf(ngx_cycle->conf_ctx, ngx_core_module));
        ngx_msec_t drain =
            main_conf(const_cast<ngx_cycle_t*>(ngx_cycle))->drain;
        return core->shutdown_timeout == 0
                   ? drain
                   : ngx_min(drain, core->shutdown_timeout / 2);
    }

    static void on_timer(void* self) noexcept
    {
        static_cast<Drain*>(self)->step();
    }

    void step()
    {
        size_t listed = subscribers_listed();
        if (listed > 0) {
            size_t share = (listed + steps_left_ - 1) / steps_left_;
            say_goodbye_to(share);
            steps_left_ -= steps_left_ > 1 ? 1 : 0;
        }
        // Keeps the worker until the last one has gone.
        if (subscribers_here() > 0) {
            timer_.start(kStepMs, true);
        }
    }

    size_t steps_left_;
    LoopEvent timer_;
};

PerWorker<Drain> g_drain;

}  // namespace

void start_drain()
{
    if (!g_drain) {
        g_drain.start();
    }
}

bool draining()
{
    return static_cast<bool>(g_drain);
}

void drain_newcomer()
{
    if (g_drain) {
        g_drain->go_on();
    }
}

void stop_drain()
{
    g_drain.stop();
}

}  // namespace onair::ngx
