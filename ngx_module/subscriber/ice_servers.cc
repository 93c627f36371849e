#include "ngx_module/subscriber/ice_servers.h"

#include "ngx_module/base/clock.h"
#include "ngx_module/base/str.h"
#include "signalling/turn.h"

namespace onair::ngx {

void add_ice_servers(const TurnConf* conf, std::string_view user, Text* text)
{
    if (conf == nullptr) {
        return;
    }
    signalling::Turn turn;
    turn.secret = view(conf->secret);
    turn.uris = {conf->uris, conf->uris_count};
    turn.lasts_s = conf->lasts / 1000;
    text->add(signalling::most_ice_servers(turn, user), [&](Writer& out) {
        signalling::write_ice_servers(out, turn, user, now().unix_ms);
    });
}

}  // namespace onair::ngx
