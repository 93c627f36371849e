// The rows for Prometheus about rooms.
#pragma once

#include "base/bytes.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

// Nothing where no zone has rooms.
void write_rooms(Writer& out, const MainConf* main);

}  // namespace onair::ngx
