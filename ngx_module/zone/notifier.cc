#include "ngx_module/zone/notifier.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "ngx_module/base/descriptor.h"
#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kLookMs = 250;
constexpr ngx_uint_t kLooksForDead = 4;  // every so many looks

Descriptor g_wakers[slot::kMaxWorkers];
bool g_made;
// For a worker without a place in the roster: nobody writes to it.
Descriptor g_own;

PerWorker<LoopEvent> g_tick;
ngx_uint_t g_looks;
Wakes g_wakes;  // none in the master

void empty_waker(int fd)
{
    uint64_t value;
    // Non-blocking; one read empties it.
    [[maybe_unused]] ssize_t n = read(fd, &value, sizeof(value));
}

void on_woken(ngx_event_t* event) noexcept
{
    auto* c = static_cast<ngx_connection_t*>(event->data);
    if (c->close) {
        // nginx closes idle connections when a worker is told to go: this is
        // how we are told.
        c->close = 0;
        c->idle = 0;
        g_wakes.leave();
        return;
    }
    empty_waker(c->fd);
    g_wakes.look();
    g_wakes.polls();
    ngx_handle_read_event(event, 0);
}

}  // namespace

ngx_int_t make_wakers(ngx_log_t* log)
{
    if (g_made) {
        return NGX_OK;
    }
    for (Descriptor& waker : g_wakers) {
        if (!waker.take(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
            ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                          "onair: eventfd() failed");
            for (Descriptor& made : g_wakers) {
                made.drop();
            }
            return NGX_ERROR;
        }
    }
    g_made = true;
    return NGX_OK;
}

namespace {

// What wakes this worker; -1 without a descriptor.
int own_waker(ngx_log_t* log)
{
    size_t index = worker_index();
    if (index < slot::kMaxWorkers) {
        return g_wakers[index].get();
    }
    if (!g_own.take(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
        ngx_log_error(NGX_LOG_ERR, log, ngx_errno, "onair: eventfd() failed");
    }
    return g_own.get();
}

ngx_int_t listen_to(int fd, ngx_log_t* log)
{
    empty_waker(fd);
    ngx_connection_t* c = ngx_get_connection(fd, log);
    if (c == nullptr) {
        return NGX_ERROR;
    }
    c->read->handler = on_woken;
    c->read->log = log;
    c->read->channel = 1;  // neither a client nor a leak
    c->write->log = log;
    c->idle = 1;
    if (ngx_add_event(c->read, NGX_READ_EVENT,
                      ngx_event_flags & NGX_USE_CLEAR_EVENT
                          ? ngx_uint_t{NGX_CLEAR_EVENT}
                          : ngx_uint_t{NGX_LEVEL_EVENT}) != NGX_OK) {
        ngx_free_connection(c);
        return NGX_ERROR;
    }
    return NGX_OK;
}

// Beside the descriptor of its own that a worker without a place has: by which
// of the two it is told to leave is all the same.
void look_for_place()
{
    if (!find_place()) {
        return;
    }
    g_wakes.placed();
    // Without a connection for it there is the tick.
    if (listen_to(own_waker(ngx_cycle->log), ngx_cycle->log) == NGX_OK) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "onair: this worker is counted from now on");
    }
}

void on_tick(void*) noexcept
{
    g_wakes.look();
    if (++g_looks % kLooksForDead == 0) {
        forget_the_dead();
        look_for_place();
    }
    g_tick->start(kLookMs);
}

}  // namespace

ngx_int_t start_notifier(ngx_cycle_t* cycle, const Wakes& wakes)
{
    g_wakes = wakes;
    g_tick.start(on_tick, nullptr);
    g_tick->start(kLookMs);

    int fd = own_waker(cycle->log);
    return fd == -1 ? NGX_OK : listen_to(fd, cycle->log);
}

void stop_notifier()
{
    g_tick.stop();
}

void tell_everybody()
{
    if (g_wakes.look != nullptr) {
        g_wakes.look();
    }
    slot::Roster* workers = roster();
    if (!g_made || workers == nullptr) {
        return;
    }
    for (size_t i = 0; i < slot::kMaxWorkers; i++) {
        if (i != worker_index() && is_worker(i)) {
            wake_worker(i);
        }
    }
}

void wake_worker(size_t index)
{
    uint64_t one = 1;
    // A descriptor that is full already will wake its worker as well.
    [[maybe_unused]] ssize_t n =
        g_made ? write(g_wakers[index].get(), &one, sizeof(one)) : 0;
}

bool is_worker(size_t index)
{
    return roster() != nullptr &&
           roster()->entry(index).pid.load(std::memory_order_acquire) != 0;
}

}  // namespace onair::ngx
