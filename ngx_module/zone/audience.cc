#include "ngx_module/zone/audience.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

namespace {

// A page that asks by GET does so about once a minute or more often.
constexpr ngx_msec_t kInterestMs = 60000;

void count_in_zone(const ZoneConf* zone, int change)
{
    bool first = change > 0 && zone->slows && !anybody_listens(zone);
    zone->shared->count_audience(worker_index(), change);
    if (first) {
        zone->shared->hurries().fetch_add(1, std::memory_order_relaxed);
        tell_everybody();
    }
}

}  // namespace

void count_audience(const ZoneConf* zone, size_t slot, int change)
{
    if (slot != kNoSlot) {
        zone->shared->slot(slot).count_audience(worker_index(), change);
    }
    count_in_zone(zone, change);
}

void count_audience_of_all(const ZoneConf* zone, int change)
{
    zone->shared->count_audience_of_all(worker_index(), change);
    count_in_zone(zone, change);
}

uint32_t audience_here(const ZoneConf* zone, size_t slot)
{
    return zone->shared->slot(slot).audience() +
           zone->shared->audience_of_all();
}

uint32_t audience_of(const ZoneConf* zone, size_t slot)
{
    return audience_here(zone, slot) +
           zone->shared->slot(slot).audience_elsewhere().load(
               std::memory_order_relaxed);
}

bool anybody_listens(const ZoneConf* zone)
{
    if (zone->shared->audience() > 0) {
        return true;
    }
    uint64_t last =
        zone->shared->last_interest().load(std::memory_order_relaxed);
    return last != 0 && ticks() - last < kInterestMs;
}

void note_interest(const ZoneConf* zone)
{
    bool first = zone->slows && !anybody_listens(zone);
    zone->shared->last_interest().store(ticks(), std::memory_order_relaxed);
    if (first) {
        zone->shared->hurries().fetch_add(1, std::memory_order_relaxed);
        tell_everybody();
    }
}

}  // namespace onair::ngx
