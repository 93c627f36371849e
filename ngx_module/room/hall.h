// The rooms that have members in this worker: reads the rings of all workers
// and hands what was said to them. Keeps house in the zone: who was away for
// too long has left, and a room in which nobody is is forgotten. One per
// worker.
#pragma once

#include "ngx_module/room/here.h"

namespace onair::ngx {

// At the start and the end of a worker.
ngx_int_t start_hall(ngx_cycle_t* cycle);
void stop_hall();

// The place from which this worker speaks in the rooms of a zone. False: other
// workers have them all, until one of them is gone.
bool has_room_place(ZoneConf* zone);
size_t room_place(const ZoneConf* zone);  // after has_room_place()

// Reads the rings of all zones, or of one.
void look_at_rooms();
void look_at_rooms(ZoneConf* zone);

// Who is to look, behind each look at a zone whose rooms other machines have
// too, whether something is on its way to the engine. nullptr: nobody.
using Outward = void (*)(ZoneConf* zone);
void look_outward_by(Outward outward);

// The room with its members here, made if need be; nullptr without memory. It
// goes some time after the last of them.
RoomHere* room_here(ZoneConf* zone, const room::Room& room,
                    const LocConf* conf);

}  // namespace onair::ngx
