// The status page as JSON.
#pragma once

#include "base/bytes.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

void write_status_json(Writer& out, const MainConf* main);

}  // namespace onair::ngx
