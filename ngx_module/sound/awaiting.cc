#include "ngx_module/sound/awaiting.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/poller/poller.h"
#include "ngx_module/subscriber/held_request.h"

namespace onair::ngx {

namespace {

constexpr Ticks kPatienceMs = 10000;

class Awaiting final : public Listener {
  public:
    Awaiting(ngx_http_request_t* r, Relay* relay) noexcept
        : Listener(relay, sound::Listening::kPlayer, 1),
          held_(r, on_ended, this),
          go_on_(on_go_on, this),
          since_(ticks())
    {}

    bool start()
    {
        if (!held_.hold()) {
            return false;
        }
        held_.request()->read_event_handler = ngx_http_test_reading;
        held_.request()->write_event_handler = ngx_http_request_empty_handler;
        join_relay();
        look_at_polls();
        return true;
    }

  protected:
    void hear() noexcept override
    {
        char room[sound::kMostInfo];
        bool known = relay()->ring().info(room).ok();
        if (known || ticks() - since_ >= kPatienceMs) {
            // Not in the middle of the others.
            go_on_.post();
        }
    }

  private:
    static void on_ended(void* self) noexcept
    {
        auto* awaiting = static_cast<Awaiting*>(self);
        awaiting->leave_relay();
        awaiting->go_on_.cancel();
    }

    static void on_go_on(void* self) noexcept
    {
        static_cast<Awaiting*>(self)->go_on();
    }

    void go_on()
    {
        if (held_.over()) {
            return;
        }
        ngx_http_request_t* r = held_.request();
        Relay* relay = this->relay();
        char room[sound::kMostInfo];
        bool known = relay->ring().info(room).ok();
        leave_relay();
        relay->look();
        ngx_int_t rc = known ? start_listening(r, relay) : refuse(r);
        // The reference that was taken is given back with what came of it.
        held_.finalize(rc);
    }

    static ngx_int_t refuse(ngx_http_request_t* r)
    {
        if (!add_header(r, "Retry-After", "5")) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
        return answer_text(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                           "the source of this sound does not answer");
    }

    HeldRequest held_;
    LoopEvent go_on_;
    Ticks since_;
};

}  // namespace

ngx_int_t await_source(ngx_http_request_t* r, Relay* relay)
{
    auto* awaiting = make<Awaiting>(r->pool, r, relay);
    if (awaiting == nullptr || !awaiting->start()) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return NGX_DONE;
}

}  // namespace onair::ngx
