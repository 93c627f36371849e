// Waking other workers: event descriptors made once in the master before the
// first fork, inherited by every worker, one a place in the roster. They carry
// no data: the zone has it. A slow tick compares versions all the same, for
// workers without a place and for `master_process off`. By its descriptor a
// worker is also told to leave, so that those without a place have one of their
// own.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// In the master, at start and at each reload, while the configuration can still
// be refused; makes the descriptors once.
ngx_int_t make_wakers(ngx_log_t* log);

// What the parts of a worker do when it is woken; each is always there.
struct Wakes {
    void (*look)();    // other workers have published: see what is new
    void (*polls)();   // a poll is wished, or the lease may be free
    void (*placed)();  // the worker has found a place: count what it holds
    void (*leave)();   // nginx told the worker to go
};

// In a worker, after start_worker() and what `wakes` calls.
ngx_int_t start_notifier(ngx_cycle_t* cycle, const Wakes& wakes);
void stop_notifier();

// All living workers but this one look at the zones now; this one does at once.
void tell_everybody();

// One of them, by its place in the roster.
void wake_worker(size_t index);
// Whether somebody lives there.
bool is_worker(size_t index);

}  // namespace onair::ngx
