// Who may publish at a location: what `from` and `pages` of onair_publish say,
// asked of a request as nginx sees it. nginx's own access rules have run
// before.
#pragma once

#include "ngx_module/base/ngx.h"
#include "ngx_module/conf/conf.h"
#include "subscriber/handshake.h"

namespace onair::ngx {

// Status 0 when the request may go on; else the refusal.
subscriber::Refusal check_publisher(ngx_http_request_t* r,
                                    const PublishConf* conf,
                                    const subscriber::Request& request);

// What the browser of a page that `pages` names has to be told, so that the
// page may read the answer; nothing for others. False without memory.
bool add_publish_cors(ngx_http_request_t* r, const PublishConf* conf,
                      const subscriber::Request& request);

// A preflight (OPTIONS) of such a page: its answer, else NGX_DECLINED.
ngx_int_t answer_publish_preflight(ngx_http_request_t* r,
                                   const PublishConf* conf,
                                   const subscriber::Request& request);

}  // namespace onair::ngx
