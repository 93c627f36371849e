// What nginx's clock shows, wide enough never to begin anew.
#pragma once

#include <ctime>

#include "base/time.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// Milliseconds, the same in all processes of the machine.
inline Ticks ticks()
{
#if (NGX_PTR_SIZE == 4)
    // nginx counts in 32 bits there, which lasts for 50 days. The kernel's own
    // count says which round it is in.
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    auto full = static_cast<int64_t>(time.tv_sec) * 1000 +
                static_cast<int64_t>(time.tv_nsec) / 1000000;
    auto ahead = static_cast<int32_t>(static_cast<uint32_t>(full) -
                                      static_cast<uint32_t>(ngx_current_msec));
    return static_cast<Ticks>(full - ahead);
#else
    return ngx_current_msec;
#endif
}

inline Now now()
{
    const ngx_time_t* time = ngx_timeofday();
    return {ticks(), static_cast<UnixMs>(time->sec) * 1000 +
                         static_cast<UnixMs>(time->msec)};
}

}  // namespace onair::ngx
