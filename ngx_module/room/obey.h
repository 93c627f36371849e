// What members ask of a room is done here, whatever way it came: over the
// connection that is in the room, or by a request of its own.
#pragma once

#include "ngx_module/base/text.h"
#include "ngx_module/room/guest.h"

namespace onair::ngx {

// Obeys one message of a connection; answers go into `out`, none where none is
// due. The guest may have left the room afterwards.
void obey(Guest* guest, std::string_view message, Text* out);

// The same for a member whose connection is elsewhere. `status`: of the
// answer, as HTTP has it.
struct Remote {
    const LocConf* conf;
    room::Room room;
    std::string_view name;  // of the room
    room::Speaker who;
};
void obey(const Remote& remote, std::string_view message, Text* out,
          ngx_uint_t* status);

ngx_uint_t status_of(room::Refusal refusal);

// Obeys the operator, by whoever was let in at onair_room_control: says
// something as nobody, or moderates. A room that there is not is made where the
// command is of use to one.
struct Ordered {
    ngx_uint_t status = NGX_HTTP_NO_CONTENT;
    std::string_view why;  // empty: it is done
};
Ordered obey_operator(ZoneConf* zone, std::string_view name,
                      std::string_view message);

// A list of a room's members as an object, {"room":..,"list":[..],"more":0}.
void list_members(const room::Rooms& rooms, const room::Room& room,
                  std::string_view name, std::string_view ref, Text* out);

}  // namespace onair::ngx
