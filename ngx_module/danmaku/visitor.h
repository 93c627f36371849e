// One who says something by a player, without being connected to the room: a
// member whose token the page gave to the player, one whom the operator knows,
// or else whoever has this address.
#pragma once

#include "ngx_module/room/guest.h"
#include "room/danmaku.h"

namespace onair::ngx {

struct Visit {
    std::string_view room;
    Identity identity;
    room::DplayerPost post;
};

room::Verdict say_as_visitor(const LocConf* conf, const Visit& visit);

}  // namespace onair::ngx
