// What there is to know of the stations' sounds: for the status document and
// for Prometheus.
#pragma once

#include "base/bytes.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// "poll", "feed" or "pull".
std::string_view kind_of(const PollConf* poll);

// The elements of the list.
void write_sounds(Writer& out, const MainConf* main);
// Nothing where there are none.
void write_sound_rows(Writer& out, const MainConf* main);

}  // namespace onair::ngx
