#include "ngx_module/zone/room_state.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "ngx_module/zone/block.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"
#include "ngx_module/zone/zone.h"
#include "room/archive.h"

namespace onair::ngx {

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

ngx_log_t* log_of(const ZoneConf* zone)
{
    return zone->shm->shm.log;
}

void say_why_not(const ZoneConf* zone, const char* from, Fault fault)
{
    ngx_log_error(NGX_LOG_WARN, log_of(zone), 0,
                  "onair zone \"%V\" takes no rooms from %s: %s", &zone->name,
                  from,
                  fault == Fault::kLayoutChanged
                      ? "another version of the module wrote them"
                      : "parts of them are missing or wrong");
}

void take(const ZoneConf* zone, ConstBytes archive, const char* from)
{
    Block scratch(room::kArchiveScratch, log_of(zone));
    if (!scratch.ok()) {
        return;
    }
    Result<room::RestoredRooms> done =
        room::restore(*zone->talks, archive, now(), author(), scratch.bytes());
    if (!done.ok()) {
        say_why_not(zone, from, done.fault());
        return;
    }
    if (done->rooms > 0) {
        ngx_uint_t level =
            done->taken < done->rooms ? NGX_LOG_WARN : NGX_LOG_NOTICE;
        ngx_log_error(level, log_of(zone), 0,
                      "onair zone \"%V\" begins with %uz of the %uz rooms in "
                      "%s",
                      &zone->name, done->taken, done->rooms, from);
    }
}

// Workers that have members of the room are woken; this one looks by its tick.
void tell(void*, const room::Floor& floor)
{
    room::told(floor, [&floor](size_t place) {
        Result<size_t> worker = floor.rooms.worker_at(place);
        if (worker.ok()) {
            wake_worker(*worker);
        }
    });
}

}  // namespace

size_t rooms_bound(const ZoneConf* zone)
{
    return rooms_news(zone) != 0 ? room::archive_bound(*zone->talks) : 0;
}

size_t write_rooms(const ZoneConf* zone, Bytes out)
{
    if (rooms_news(zone) == 0) {
        return 0;
    }
    Result<size_t> size = room::archive(*zone->talks, now().unix_ms, out);
    return size.ok() ? *size : 0;
}

uint64_t rooms_news(const ZoneConf* zone)
{
    return *zone->talks ? room::news_of(*zone->talks) : 0;
}

uint64_t rooms_saved(const ZoneConf* zone)
{
    return *zone->talks ? zone->talks->head().saved.load(kRelaxed) : 0;
}

void note_rooms_saved(const ZoneConf* zone, uint64_t news)
{
    if (*zone->talks) {
        zone->talks->head().saved.store(news, kRelaxed);
    }
}

void restore_rooms(const ZoneConf* zone, ConstBytes rooms)
{
    if (!rooms.empty() && *zone->talks) {
        take(zone, rooms, "its file");
    }
}

void inherit_rooms(const ZoneConf* zone, const ZoneConf* old)
{
    if (!*zone->talks || !*old->talks) {
        return;
    }
    Block block(room::archive_bound(*old->talks), log_of(zone));
    if (!block.ok()) {
        return;
    }
    Result<size_t> size =
        room::archive(*old->talks, now().unix_ms, block.bytes());
    if (size.ok()) {
        take(zone, room::parts_of(block.bytes().first(*size)).rooms,
             "the zone before");
    }
}

bool merge_rooms(const ZoneConf* zone, ConstBytes rooms)
{
    if (!*zone->talks) {
        return true;
    }
    std::atomic<uint64_t>& saved = zone->talks->head().saved;
    if (rooms.empty()) {
        saved.store(0, kRelaxed);
        return true;
    }
    Result<size_t> place = zone->talks->claim_place(worker_index());
    Block memory(room::kArchiveScratch + room::kMaxPacked, log_of(zone));
    if (!place.ok() || !memory.ok()) {
        return true;  // in a second again, if it has news
    }
    room::Floor floor = {
        *zone->talks, {}, *place, now(), memory.bytes().last(room::kMaxPacked)};
    Result<room::Merged> done =
        room::merge(floor, rooms, author(),
                    memory.bytes().first(room::kArchiveScratch), tell, nullptr);
    if (!done.ok()) {
        say_why_not(zone, "its file", done.fault());
        saved.store(0, kRelaxed);
        return false;
    }
    if (done->of_former) {
        saved.store(0, kRelaxed);  // what was said here is not in it
    }
    return true;
}

}  // namespace onair::ngx
