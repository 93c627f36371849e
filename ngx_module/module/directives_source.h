// The directives of the sources that nginx asks: onair_poll, onair_feed.
#pragma once

#include "ngx_module/conf/params.h"
#include "source/source.h"

namespace onair::ngx {

char* set_poll(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_feed(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

// A location of the directive that is being read, whose URI is to be asked;
// nullptr after having said why not.
PollConf* make_poll(Params& params);
// Among those of its zone. False after having said why not.
bool add_poll(ngx_conf_t* cf, PollConf* poll);

// Whether the parameter is a switch of the repairs of text, onair_publish's as
// well; `good` says whether its value was taken.
bool is_repair(Params& params, source::Repair* repair, bool* good);

}  // namespace onair::ngx
