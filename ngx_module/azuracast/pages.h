// Answers to single requests in AzuraCast's words: the objects of its API, its
// static files, the cover, the time.
#pragma once

#include "azuracast/route.h"
#include "ngx_module/base/ngx.h"

namespace onair::ngx {

ngx_int_t answer_page(ngx_http_request_t* r, const azuracast::Route& route);

}  // namespace onair::ngx
