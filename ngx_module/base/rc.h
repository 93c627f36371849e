// The only place where a Fault becomes nginx's: a code, a level, a sentence.
#pragma once

#include "base/result.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// describe() as a C string for nginx's %s; static memory.
const char* sentence(Fault fault);

// The log level at which a fault of a source, of a client, of the zone is told.
ngx_uint_t log_level(Fault fault);

}  // namespace onair::ngx
