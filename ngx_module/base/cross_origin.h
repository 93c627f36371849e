// The headers of an answer by which browsers let pages of other sites read it,
// as far as they want one value of each: where the operator adds one himself
// (add_header), his is sent alone.
#pragma once

#include "ngx_module/base/ngx.h"

namespace onair::ngx {

// For add_header(): by these, and not by their letters, ours are known.
inline constexpr char kAllowOrigin[] = "Access-Control-Allow-Origin";
inline constexpr char kAllowCredentials[] = "Access-Control-Allow-Credentials";
inline constexpr char kMaxAge[] = "Access-Control-Max-Age";

// A header filter behind nginx's own that adds headers, once in the master.
void install_cross_origin_filter();

}  // namespace onair::ngx
