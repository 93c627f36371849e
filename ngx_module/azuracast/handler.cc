#include "ngx_module/azuracast/handler.h"

#include "azuracast/answer.h"
#include "azuracast/route.h"
#include "encoder/now_playing.h"
#include "ngx_module/azuracast/pages.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/centrifuge/live.h"
#include "ngx_module/centrifuge/page.h"

namespace onair::ngx {

using azuracast::Page;
using azuracast::Route;

ngx_int_t on_azuracast(ngx_http_request_t* r) noexcept
{
    Route route = azuracast::route_of(view(r->uri));
    switch (route.page) {
        case Page::kWebSocket:
            return start_live(r, Carrier::kWebSocket,
                              centrifuge::Dialect::kUni);
        case Page::kSse:
            return start_live(r, Carrier::kSse, centrifuge::Dialect::kUni);
        case Page::kHttpStream:
            return start_live(r, Carrier::kHttpStream,
                              centrifuge::Dialect::kUni);
        case Page::kNone:
        case Page::kAll:
        case Page::kOne:
        case Page::kFile:
        case Page::kText:
        case Page::kArt:
        case Page::kTime:
            break;
    }
    ngx_int_t rc = admit_page(r, "GET, HEAD, OPTIONS");
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    return answer_page(r, route);
}

}  // namespace onair::ngx
