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

}  // namespace onair::ngx
