// Which of the server's workers live. A number says too little: another
// process may have got that of a dead worker, or nobody has taken notice of
// its death. So each worker locks a byte, that of its number, in a file
// without a name which the master made before the fork; the kernel takes the
// lock back at the end of the process, however it comes, and of no other.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// In the master, once.
void make_lives(ngx_cycle_t* cycle);
// In a worker, before it writes its number anywhere.
ngx_int_t begin_life(ngx_cycle_t* cycle);

// Whether no worker of this server has this number. A worker that stands
// still is not gone.
bool is_gone(uint32_t pid);

}  // namespace onair::ngx
