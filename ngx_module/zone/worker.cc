#include "ngx_module/zone/worker.h"

#include "encoder/snapshot.h"
#include "ngx_module/base/clock.h"
#include "ngx_module/base/rc.h"
#include "ngx_module/zone/life.h"
#include "ngx_module/zone/totals.h"
#include "subscriber/command.h"

namespace onair::ngx {

std::atomic<uint64_t>* g_totals = nullptr;

namespace {

struct Worker {
    bool started;
    bool leaving;
    size_t index;
    const MainConf* main;
    slot::WorkerEntry* entry;
    uint32_t subscribers[slot::kTransports];
    Scratch scratch;
};

Worker g_worker;

size_t largest_record(const MainConf* main)
{
    size_t most = 4096;
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        most = ngx_max(most, zones[i]->shared->record_capacity());
    }
    return most;
}

bool make_scratch(ngx_cycle_t* cycle, size_t record)
{
    size_t text = encoder::most_bytes(record);
    size_t write = 2 * record + size_t{16} * 1024;
    size_t arena = size_t{64} * 1024;
    size_t command = subscriber::kCommandMemory;
    auto* at = static_cast<uint8_t*>(
        ngx_palloc(cycle->pool, record + write + arena + command + text + 64));
    if (at == nullptr) {
        return false;
    }
    // SAFETY: only to see how far it is to the next cache line; inside the 64
    // spare bytes.
    at += -reinterpret_cast<uintptr_t>(at) % 64;
    g_worker.scratch.record = {at, record};
    g_worker.scratch.write = {at + record, write};
    g_worker.scratch.arena = {at + record + write, arena};
    at += record + write + arena;
    g_worker.scratch.command = {at, command};
    // SAFETY: char may alias any object.
    g_worker.scratch.text = {reinterpret_cast<char*>(at + command), text};
    return true;
}

void forget(const MainConf* main, size_t index)
{
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        zones[i]->shared->forget_worker(index);
        if (*zones[i]->talks) {
            zones[i]->talks->forget_worker(index, ticks());
        }
    }
    auto** pulls = static_cast<PullConf**>(main->pulls.elts);
    for (ngx_uint_t i = 0; i < main->pulls.nelts; i++) {
        pulls[i]->ring->forget_worker(index);
    }
}

// Who is without a place looks for one each second. Once there has been room
// for long, what is counted without a place is of the dead.
void forget_who_had_no_place()
{
    constexpr unsigned kLooks = 10;
    static unsigned looks;
    looks = roster()->has_room() ? looks + 1 : 0;
    if (looks == kLooks) {
        looks = 0;
        forget(g_worker.main, slot::kMaxWorkers);
    }
}

bool take_place(Result<size_t> claimed)
{
    g_worker.index = claimed.ok() ? *claimed : slot::kMaxWorkers;
    g_worker.entry = claimed.ok() ? &roster()->entry(*claimed) : nullptr;
    g_totals = g_worker.entry != nullptr ? g_worker.entry->totals : nullptr;
    if (g_worker.entry == nullptr) {
        return false;
    }
    g_worker.entry->started.store(static_cast<uint64_t>(now().unix_ms),
                                  std::memory_order_relaxed);
    for (size_t i = 0; i < slot::kTransports; i++) {
        g_worker.entry->subscribers[i].store(g_worker.subscribers[i],
                                             std::memory_order_relaxed);
    }
    // What this entry's former owner counted.
    forget(g_worker.main, *claimed);
    return true;
}

}  // namespace

void forget_the_dead()
{
    slot::Roster* workers = roster();
    auto pid = static_cast<uint32_t>(ngx_pid);
    for (;;) {
        Result<size_t> dead = workers->claim_dead(pid, is_gone);
        if (!dead.ok()) {
            break;
        }
        forget(g_worker.main, *dead);
        workers->release(*dead);
    }
    forget_who_had_no_place();
}

bool find_place()
{
    return g_worker.entry == nullptr && !worker_leaving() &&
           take_place(roster()->claim(static_cast<uint32_t>(ngx_pid), is_gone));
}

ngx_int_t start_worker(ngx_cycle_t* cycle)
{
    const MainConf* main = main_conf(cycle);
    slot::Roster* workers = roster();
    if (main == nullptr || !main->used || workers == nullptr) {
        return NGX_OK;
    }
    if (!make_scratch(cycle, largest_record(main)) ||
        begin_life(cycle) != NGX_OK) {
        return NGX_ERROR;
    }

    g_worker.main = main;
    if (!take_place(workers->claim(static_cast<uint32_t>(ngx_pid), is_gone))) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "onair: more than %uz workers: until others are gone "
                      "this one is not counted and looks for changes by its "
                      "tick",
                      slot::kMaxWorkers);
    }
    forget_the_dead();
    g_worker.leaving = false;
    g_worker.started = true;
    return NGX_OK;
}

void stop_worker()
{
    if (g_worker.started && g_worker.entry != nullptr) {
        // Nothing is to stand under this place when somebody else has it.
        forget(g_worker.main, g_worker.index);
        roster()->release(g_worker.index);
    }
    g_worker.started = false;
    g_worker.entry = nullptr;
    g_totals = nullptr;
}

bool worker_started()
{
    return g_worker.started;
}

bool worker_leaving()
{
    // nginx closes idle connections one by one: a poll may be told before us.
    return g_worker.leaving || ngx_exiting || ngx_terminate;
}

void set_worker_leaving()
{
    g_worker.leaving = true;
    if (g_worker.entry != nullptr) {
        g_worker.entry->leaving.store(1, std::memory_order_relaxed);
    }
}

size_t worker_index()
{
    return g_worker.index;
}

void count(slot::Total total, uint64_t more)
{
    if (g_worker.entry != nullptr) {
        // Only this process writes here: no read-modify-write is needed.
        auto& value = g_worker.entry->totals[static_cast<size_t>(total)];
        value.store(value.load(std::memory_order_relaxed) + more,
                    std::memory_order_relaxed);
    }
}

void count_subscriber(slot::Transport transport, int change)
{
    auto at = static_cast<size_t>(transport);
    g_worker.subscribers[at] += static_cast<uint32_t>(change);
    if (g_worker.entry != nullptr) {
        g_worker.entry->subscribers[at].store(g_worker.subscribers[at],
                                              std::memory_order_relaxed);
    }
}

size_t subscribers_here()
{
    size_t sum = 0;
    for (uint32_t number : g_worker.subscribers) {
        sum += number;
    }
    return sum;
}

Scratch& scratch()
{
    return g_worker.scratch;
}

uint32_t random_number()
{
    return static_cast<uint32_t>(ngx_random()) ^
           (static_cast<uint32_t>(ngx_random()) << 16);
}

}  // namespace onair::ngx
