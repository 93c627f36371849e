#include "ngx_module/module/check_rooms.h"

#include <algorithm>

#include "ngx_module/base/str.h"
#include "room/plan.h"

namespace onair::ngx {

namespace {

// For a zone whose locations let members in and that does not say `rooms=`.
constexpr size_t kUsualRooms = 64;
// nginx's head of the memory, and what it rounds up.
constexpr size_t kAround = size_t{4} * 4096;

ngx_uint_t workers(const ngx_conf_t* cf)
{
    // SAFETY: nginx keeps its modules' configurations as void*.
    auto* core = reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(cf->cycle->conf_ctx, ngx_core_module));
    if (core->worker_processes == NGX_CONF_UNSET) {
        return 1;
    }
    return static_cast<ngx_uint_t>(core->worker_processes);
}

ngx_int_t too_small(ngx_conf_t* cf, const ZoneConf* zone, size_t least)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "onair zone \"%V\" is too small for its rooms: it needs at "
                  "least %uzk in \"%V\" directive in %V:%ui",
                  &zone->name, (least + 1023) / 1024, &zone->directive,
                  &zone->file, zone->line);
    return NGX_ERROR;
}

// A worker that is to leave has its place for as long as it lives.
void warn_of_few_places(ngx_conf_t* cf, const ZoneConf* zone)
{
    ngx_uint_t wanted = 2 * workers(cf);
    if (zone->room_plan.places < ngx_min(wanted, room::kMostPlaces)) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "onair zone \"%V\" has rooms for the members of %uL "
                      "workers, while a reload has %ui: others will refuse "
                      "them in \"%V\" directive in %V:%ui",
                      &zone->name, zone->room_plan.places, wanted,
                      &zone->directive, &zone->file, zone->line);
    }
}

// What is the same for all members of a room, whichever way they came.
bool differ(const RoomConf* a, const RoomConf* b)
{
    return a->history != b->history || a->window != b->window ||
           a->show != b->show || a->reactions_count != b->reactions_count ||
           !std::equal(a->reactions, a->reactions + a->reactions_count,
                       b->reactions);
}

bool is_fixed(const ngx_http_complex_value_t* name)
{
    return name != nullptr && name->lengths == nullptr;
}

// Locations whose rooms are named by requests may lead to any.
bool may_meet(const LocConf* a, const LocConf* b)
{
    if (a->zone != b->zone) {
        return false;
    }
    return !is_fixed(a->room->name) || !is_fixed(b->room->name) ||
           view(a->room->name->value) == view(b->room->name->value);
}

}  // namespace

// A quarter of what a zone has for rooms goes to rings, of which a reload needs
// two a worker.
size_t default_zone_size(const ngx_conf_t* cf, const ZoneConf* zone)
{
    size_t places = ngx_min(2 * workers(cf), room::kMostPlaces);
    size_t for_rings = 4 * places * room::kUsualRing;
    return zone->has_rooms ? kDefaultZoneSize + for_rings : kDefaultZoneSize;
}

ngx_int_t plan_rooms(ngx_conf_t* cf, ZoneConf* zone)
{
    bool engine_only = false;
    if (zone->rooms.rooms == 0) {
        if (!zone->has_rooms && zone->share == 0) {
            return NGX_OK;
        }
        // What belongs to the engine stands with the rooms, if there are none
        // too.
        engine_only = !zone->has_rooms;
        zone->rooms.rooms = engine_only ? 1 : kUsualRooms;
        zone->rooms.history = engine_only ? room::kLeastHistory : 0;
        zone->rooms.ring = engine_only ? room::kLeastRing : 0;
    }
    zone->room_hold = zone->has_rooms ? zone->room_hold : 60000;
    zone->room_plan = {};
    size_t stations = slot::Zone::least_size(zone->options()) + kAround;
    size_t least = room::least_size(zone->rooms);
    if (least == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "onair zone \"%V\" has too little \"room_history\" for "
                      "its rooms: it needs at least %uzk in \"%V\" directive "
                      "in %V:%ui",
                      &zone->name,
                      zone->rooms.rooms * room::kLeastHistory / 1024,
                      &zone->directive, &zone->file, zone->line);
        return NGX_ERROR;
    }
    if (zone->size < stations + least) {
        return too_small(cf, zone, stations + least);
    }
    size_t size = engine_only ? least : zone->size - stations;
    Result<room::Plan> plan = room::plan_of(size, zone->rooms);
    if (!plan.ok()) {
        return too_small(cf, zone, stations + least);
    }
    zone->room_plan = *plan;
    if (!engine_only) {
        warn_of_few_places(cf, zone);
    }
    return NGX_OK;
}

void warn_of_unlike_rooms(ngx_conf_t* cf, const MainConf* main)
{
    auto** rooms = static_cast<LocConf**>(main->rooms.elts);
    for (ngx_uint_t i = 1; i < main->rooms.nelts; i++) {
        for (ngx_uint_t k = 0; k < i; k++) {
            if (may_meet(rooms[i], rooms[k]) &&
                differ(rooms[i]->room, rooms[k]->room)) {
                const WrittenAt& at = rooms[i]->purpose_at;
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "\"%V\" directive differs in \"history\", "
                              "\"window\", \"show\" or \"reactions\" from "
                              "another location of its rooms: they have those "
                              "of the first that is used in %V:%ui",
                              &at.directive, &at.file, at.line);
                break;
            }
        }
    }
}

}  // namespace onair::ngx
