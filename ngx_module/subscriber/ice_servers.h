// The list `iceServers` for peers that a location puts through, with
// credentials of this moment (onair_turn).
#pragma once

#include "ngx_module/base/text.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// Added to `text` as JSON; `user` stands in the TURN server's log. Nothing is
// added where there is no onair_turn (nullptr).
void add_ice_servers(const TurnConf* conf, std::string_view user, Text* text);

}  // namespace onair::ngx
