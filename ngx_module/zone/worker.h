// This worker: its place in the roster, its figures, its scratch memory, and
// whether it is leaving. One per process, made in init_process; what is here
// is used by one thread only.
#pragma once

#include "ngx_module/conf/conf.h"
#include "ngx_module/zone/zone.h"
#include "slot/roster.h"

namespace onair::ngx {

// At the start and the end of a worker process.
ngx_int_t start_worker(ngx_cycle_t* cycle);
void stop_worker();

// For a worker that found no place in the roster at its start, as those that
// leave had them all: true when it has one now. Then it is to count in the
// zones what its subscribers listen to.
bool find_place();

// Takes what workers that died counted out of the zones. Now and then: one
// that was leaving has no successor who would do it at birth.
void forget_the_dead();

// False before start_worker() and where no directive of ours is used.
bool worker_started();
// nginx told the worker to go (reload or quit).
bool worker_leaving();
void set_worker_leaving();

// Index of this worker's roster entry; kMaxWorkers without a place.
size_t worker_index();

void count(slot::Total total, uint64_t more = 1);
// One subscriber more or less is connected to this worker.
void count_subscriber(slot::Transport transport, int change);
size_t subscribers_here();

// Memory for one piece of work within one callback; its content does not
// outlive the callback. Never nullptr once the worker is started.
struct Scratch {
    Bytes record;   // a copy of a record: Slot::read
    Bytes write;    // Slot::report and Slot::settle
    Bytes arena;    // unpacked views: Topic::look() and all that calls it
    Bytes command;  // what a client said, while it is obeyed
    std::span<char> text;
};
Scratch& scratch();

uint32_t random_number();

}  // namespace onair::ngx
