// The command table, in nginx's shape; docs/directives.md is checked against
// it both ways.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

extern ngx_command_t directives[];

}  // namespace onair::ngx
