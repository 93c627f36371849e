// Stream: what comes in.
#include "ngx_module/base/clock.h"
#include "ngx_module/subscriber/stream.h"

namespace onair::ngx {

namespace {

// Reads of one connection before others have a turn.
constexpr int kReadsPerTurn = 16;

uint8_t g_input[kReadAtOnce];

}  // namespace

void Stream::on_readable() noexcept
{
    if (dead_ || c_->close) {
        // worker_shutdown_timeout has come, or we have decided so.
        if (reason == Reason::kNone) {
            reason = Reason::kLeaving;
        }
        if (!dead_ && !ending_) {
            on_cut();
        }
        destroy();
        return;
    }
    if (lingering_) {
        discard();
    } else {
        read();
    }
}

void Stream::read() noexcept
{
    for (int i = 0; i < kReadsPerTurn; i++) {
        if (dead_ || lingering_) {
            return;
        }
        if (reading_paused) {
            // The same here.
            if (ngx_handle_read_event(c_->read, 0) != NGX_OK) {
                end(Reason::kConnectionLost);
            }
            return;
        }
        ssize_t n = c_->recv(c_, g_input, sizeof(g_input));
        if (n == NGX_AGAIN) {
            if (ngx_handle_read_event(c_->read, 0) != NGX_OK) {
                end(Reason::kConnectionLost);
            }
            return;
        }
        if (n == NGX_ERROR || n == 0) {
            reason = n == 0 ? Reason::kClientClosed : Reason::kConnectionLost;
            destroy();
            return;
        }
        heard_at = ticks();
        on_bytes({g_input, static_cast<size_t>(n)});
    }
    if (!dead_ && !reading_paused && !c_->read->posted) {
        ngx_post_event(c_->read, &ngx_posted_next_events);
    }
}

void Stream::discard() noexcept
{
    for (int i = 0; i < kReadsPerTurn; i++) {
        ssize_t n = c_->recv(c_, g_input, sizeof(g_input));
        if (n == NGX_AGAIN) {
            if (ngx_handle_read_event(c_->read, 0) != NGX_OK) {
                destroy();
            }
            return;
        }
        if (n == NGX_ERROR || n == 0) {
            destroy();
            return;
        }
    }
    if (!c_->read->posted) {
        ngx_post_event(c_->read, &ngx_posted_next_events);
    }
}

void Stream::resume_reading() noexcept
{
    reading_paused = false;
    if (c_ != nullptr && !c_->read->posted) {
        ngx_post_event(c_->read, &ngx_posted_next_events);
    }
}

}  // namespace onair::ngx
