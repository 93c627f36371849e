#include "ngx_module/room/hall.h"

#include <new>

#include "ngx_module/base/clock.h"
#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/str.h"
#include "ngx_module/room/awaited.h"
#include "ngx_module/zone/worker.h"
#include "room/crossing.h"

namespace onair::ngx {

namespace {

// Reactions are told so often, everything else that time changes each second.
constexpr ngx_msec_t kLookMs = 250;
constexpr ngx_uint_t kLooksForHouse = 4;
constexpr uint64_t kSecondMs = 900;

// What this worker knows of one zone.
struct Hall {
    ZoneConf* zone = nullptr;
    RoomHere** here = nullptr;  // by the room's place in the table
    room::Mark marks[room::kMostPlaces];
    size_t next_to_forget = 0;
    size_t place = SIZE_MAX;  // of this worker; SIZE_MAX: none yet
};

Hall* g_halls;
size_t g_halls_count;
RoomHere* g_rooms;
uint8_t g_packed[room::kMaxPacked];
PerWorker<LoopEvent> g_tick;
Outward g_outward;  // nullptr: no zone has an engine
ngx_uint_t g_looks;

Hall* hall_of(const ZoneConf* zone)
{
    for (size_t i = 0; i < g_halls_count; i++) {
        if (g_halls[i].zone == zone) {
            return &g_halls[i];
        }
    }
    return nullptr;
}

void overtake_all(const ZoneConf* zone)
{
    for (RoomHere* r = g_rooms; r != nullptr; r = r->next) {
        if (r->zone() == zone) {
            r->overtaken();
        }
    }
}

void read_ring(Hall* hall, size_t place)
{
    const room::Rooms& rooms = *hall->zone->talks;
    room::Ring ring = rooms.ring(place);
    for (;;) {
        Result<room::Ring::Got> got = ring.read(&hall->marks[place], g_packed);
        if (!got.ok()) {
            return;
        }
        if (got->lost > 0) {
            overtake_all(hall->zone);
        }
        Result<room::Message> message = room::unpack(got->record);
        if (!message.ok() || message->room >= rooms.capacity() ||
            room::is_on_its_way(rooms, *message)) {
            continue;
        }
        RoomHere* here = hall->here[message->room];
        if (here != nullptr && here->room().key().life == message->life) {
            here->take(*message, got->record);
        }
    }
}

// Whether the station whose name the room has is on air.
bool is_live(const ZoneConf* zone, std::string_view name)
{
    Result<size_t> index = zone->shared->find(name);
    if (!index.ok()) {
        return true;
    }
    Arena arena(scratch().arena);
    Result<slot::State> state =
        zone->shared->slot(*index).read(scratch().record, arena);
    return state.ok() && state->at.status == Status::kLive;
}

// Who was away for too long has left. Any worker may find out; what one has
// done the others find done.
void forget_the_absent(Hall* hall)
{
    ZoneConf* zone = hall->zone;
    const room::Rooms& rooms = *zone->talks;
    if (!has_room_place(zone)) {
        return;
    }
    size_t at_once = ngx_max(rooms.members().count() / 8, size_t{1024});
    rooms.members().forget_absent(
        ticks(), zone->room_hold, hall->next_to_forget, at_once,
        [zone, &rooms](uint64_t word, const room::Member& member) {
            Result<room::Room> room = rooms.of(room::RoomKey::of(word));
            if (room.ok()) {
                room::tell_left(floor_of(zone, *room), member, room::Rules());
                tell_room(zone, *room);
            }
        });
    hall->next_to_forget =
        (hall->next_to_forget + at_once) % rooms.members().count();
}

void look_after_rooms(const Hall* hall, Ticks now)
{
    const ZoneConf* zone = hall->zone;
    const room::Rooms& rooms = *zone->talks;
    for (size_t i = 0; i < rooms.capacity(); i++) {
        Result<room::Room> room = rooms.at(i);
        if (!room.ok()) {
            continue;
        }
        uint64_t last = room->head().watched_at.load(room::kRelaxed);
        if (now >= last + kSecondMs) {  // not done by another worker just now
            char name[kMaxName];
            room->tick(now, is_live(zone, room->name(name)));
        }
        rooms.forget(*room, zone->room_hold, author(), now);
    }
}

void drop_if_empty(RoomHere** at)
{
    RoomHere* here = *at;
    if (!here->empty()) {
        return;
    }
    *at = here->next;
    hall_of(here->zone())->here[here->room().key().index] = nullptr;
    here->~RoomHere();
    ngx_free(here);
}

void drop_empty_rooms()
{
    for (RoomHere** at = &g_rooms; *at != nullptr;) {
        RoomHere* before = *at;
        drop_if_empty(at);
        at = *at == before ? &before->next : at;
    }
}

void on_tick(void*) noexcept
{
    look_at_rooms();
    Ticks now = ticks();
    for (RoomHere* r = g_rooms; r != nullptr; r = r->next) {
        r->look(now);
    }
    look_for_awaited(now);
    if (++g_looks % kLooksForHouse == 0) {
        for (size_t i = 0; i < g_halls_count; i++) {
            forget_the_absent(&g_halls[i]);
            look_after_rooms(&g_halls[i], now);
        }
        drop_empty_rooms();
    }
    g_tick->start(kLookMs);
}

ngx_int_t open_hall(ngx_cycle_t* cycle, ZoneConf* zone)
{
    const room::Rooms& rooms = *zone->talks;
    // SAFETY: zeroed memory of the cycle's pool.
    Hall* hall = new (&g_halls[g_halls_count]) Hall();
    hall->zone = zone;
    hall->here = static_cast<RoomHere**>(
        ngx_pcalloc(cycle->pool, rooms.capacity() * sizeof(RoomHere*)));
    if (hall->here == nullptr) {
        return NGX_ERROR;
    }
    for (size_t place = 0; place < rooms.plan().places; place++) {
        hall->marks[place] = rooms.ring(place).end();
    }
    g_halls_count++;
    has_room_place(zone);
    return NGX_OK;
}

}  // namespace

bool has_room_place(ZoneConf* zone)
{
    Hall* hall = hall_of(zone);
    if (hall != nullptr && hall->place == SIZE_MAX &&
        worker_index() < slot::kMaxWorkers) {
        Result<size_t> place = zone->talks->claim_place(worker_index());
        hall->place = place.ok() ? *place : SIZE_MAX;
    }
    return hall != nullptr && hall->place != SIZE_MAX;
}

size_t room_place(const ZoneConf* zone)
{
    return hall_of(zone)->place;
}

Bytes packed_memory()
{
    return g_packed;
}

// One that is empty may be of a life of the place that is over, and what it
// shows next may be long gone: nobody wakes a worker for it.
RoomHere* room_here(ZoneConf* zone, const room::Room& room, const LocConf* conf)
{
    RoomHere*& here = hall_of(zone)->here[room.key().index];
    if (here != nullptr && here->idle()) {
        RoomHere** at = &g_rooms;
        while (*at != here) {
            at = &(*at)->next;
        }
        drop_if_empty(at);
    }
    if (here != nullptr) {
        return here->room().key() == room.key() ? here : nullptr;
    }
    void* at = ngx_alloc(sizeof(RoomHere), ngx_cycle->log);
    if (at == nullptr) {
        return nullptr;
    }
    // SAFETY: fresh memory; destroyed by drop_if_empty().
    here = new (at) RoomHere(zone, room, conf);
    here->next = g_rooms;
    g_rooms = here;
    return here;
}

void look_at_rooms(ZoneConf* zone)
{
    Hall* hall = hall_of(zone);
    if (hall == nullptr) {
        return;
    }
    const room::Rooms& rooms = *zone->talks;
    if (hall->place != SIZE_MAX) {
        rooms.looks(hall->place);
    }
    for (size_t place = 0; place < rooms.plan().places; place++) {
        read_ring(hall, place);
    }
    if (g_outward != nullptr && rooms.shared()) {
        g_outward(zone);
    }
}

void look_outward_by(Outward outward)
{
    g_outward = outward;
}

void look_at_rooms()
{
    for (size_t i = 0; i < g_halls_count; i++) {
        look_at_rooms(g_halls[i].zone);
    }
}

ngx_int_t start_hall(ngx_cycle_t* cycle)
{
    const MainConf* main = main_conf(cycle);
    auto** zones = static_cast<ZoneConf**>(main->zones.elts);
    g_halls = static_cast<Hall*>(
        ngx_pcalloc(cycle->pool, (main->zones.nelts + 1) * sizeof(Hall)));
    if (g_halls == nullptr) {
        return NGX_ERROR;
    }
    g_halls_count = 0;
    for (ngx_uint_t i = 0; i < main->zones.nelts; i++) {
        if (zones[i]->has_rooms && open_hall(cycle, zones[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    if (g_halls_count > 0) {
        g_tick.start(on_tick, nullptr);
        g_tick->start(kLookMs);
    }
    return NGX_OK;
}

void stop_hall()
{
    g_tick.stop();
    drop_empty_rooms();
}

}  // namespace onair::ngx
