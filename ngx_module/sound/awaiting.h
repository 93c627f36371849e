// A request for a sound of which nothing is known yet: as it waits, the source
// is asked.
#pragma once

#include "ngx_module/sound/relay.h"

namespace onair::ngx {

// Answers with start_listening() when the source has said what it is, with 503
// where it does not in time.
ngx_int_t await_source(ngx_http_request_t* r, Relay* relay);

// The answer itself; the handler returns what it returns.
ngx_int_t start_listening(ngx_http_request_t* r, Relay* relay);

}  // namespace onair::ngx
