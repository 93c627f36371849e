#include "ngx_module/base/rc.h"

namespace onair::ngx {

const char* sentence(Fault fault)
{
    // describe() views string literals, which end in NUL.
    return describe(fault).data();
}

ngx_uint_t log_level(Fault fault)
{
    switch (fault) {
        case Fault::kZoneFull:
        case Fault::kNoMemory:
            return NGX_LOG_CRIT;
        case Fault::kUnreachable:
        case Fault::kTimeout:
        case Fault::kIncomplete:
        case Fault::kBadStatus:
        case Fault::kRedirected:
            return NGX_LOG_ERR;
        case Fault::kLayoutChanged:
            return NGX_LOG_NOTICE;
        default:
            return NGX_LOG_WARN;
    }
}

}  // namespace onair::ngx
