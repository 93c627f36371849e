// The status page in the text format that Prometheus reads (version 0.0.4).
#pragma once

#include "base/bytes.h"
#include "ngx_module/conf/conf.h"

namespace onair::ngx {

void write_prometheus(Writer& out, const MainConf* main);

}  // namespace onair::ngx
