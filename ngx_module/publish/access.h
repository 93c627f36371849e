// Who may push at a location: what `from`, `pages` and `key` of onair_publish
// and onair_room_control say, asked of a request as nginx sees it. nginx's own
// access rules have run before.
#pragma once

#include "ngx_module/base/ngx.h"
#include "ngx_module/conf/conf.h"
#include "subscriber/publisher.h"

namespace onair::ngx {

// A location where somebody pushes: what it takes, and how it speaks.
struct DoorWay {
    subscriber::Door door;
    ngx_uint_t methods;
    const char* allowed;  // the methods as a header
    const char* only;     // what is said of another one
    const char* what;     // is refused, for the log
};

// NGX_DECLINED: the request may go on, also one whose head has left (a
// post_action); else what the handler is to return. A page's preflight is
// answered here.
ngx_int_t admit_pusher(ngx_http_request_t* r, const AccessConf* conf,
                       const DoorWay& way);

// Says it in the log, counts it and answers.
ngx_int_t refuse_pusher(ngx_http_request_t* r, const DoorWay& way,
                        ngx_uint_t status, std::string_view why);
void say_refused(ngx_http_request_t* r, const DoorWay& way,
                 std::string_view why);

}  // namespace onair::ngx
