#include "ngx_module/centrifuge/handler.h"

#include <algorithm>
#include <iterator>

#include "centrifuge/command.h"
#include "ngx_module/base/body.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/centrifuge/dialogue.h"
#include "ngx_module/centrifuge/live.h"
#include "ngx_module/centrifuge/mailbox.h"
#include "ngx_module/centrifuge/page.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using centrifuge::Dialect;

namespace {

struct Door {
    std::string_view name;
    Carrier carrier;
    Dialect dialect;
};

constexpr Door kDoors[] = {
    {"websocket", Carrier::kWebSocket, Dialect::kBi},
    {"sse", Carrier::kSse, Dialect::kBi},
    {"http_stream", Carrier::kHttpStream, Dialect::kBi},
    {"uni_websocket", Carrier::kWebSocket, Dialect::kUni},
    {"uni_sse", Carrier::kSse, Dialect::kUni},
    {"uni_http_stream", Carrier::kHttpStream, Dialect::kUni},
};

// Commands for a stream: passed on, and answered there. A client to which 404
// is said comes again.
ngx_int_t take_post(ngx_http_request_t* r)
{
    Bytes body;
    ngx_int_t rc = whole_body(r, 2 * centrifuge::kMaxRequest, &body);
    if (rc == NGX_DECLINED) {
        return answer_text(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                           "the request is too large");
    }
    Arena arena(request_memory());
    Result<centrifuge::Post> post =
        rc == NGX_OK ? centrifuge::read_post(text_of(body), arena)
                     : Result<centrifuge::Post>(Fault::kNoMemory);
    if (!post.ok()) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_BAD_REQUEST, describe(post.fault()));
    }
    if (!send_mail(post->node, post->session, post->commands)) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_NOT_FOUND, "there is no such stream");
    }
    r->headers_out.status = NGX_HTTP_NO_CONTENT;
    r->header_only = 1;
    ngx_http_clear_content_length(r);
    return ngx_http_send_header(r);
}

void on_post(ngx_http_request_t* r) noexcept
{
    ngx_http_finalize_request(r, take_post(r));
}

ngx_int_t read_post(ngx_http_request_t* r)
{
    ngx_int_t rc = admit_page(r, "POST, OPTIONS");
    if (rc != NGX_OK || r->header_sent) {
        return rc;
    }
    rc = ngx_http_read_client_request_body(r, on_post);
    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}

}  // namespace

ngx_int_t on_centrifuge(ngx_http_request_t* r) noexcept
{
    std::string_view uri = view(r->uri);
    std::string_view last = uri.substr(uri.rfind('/') + 1);
    if (last == "emulation") {
        return read_post(r);
    }
    const Door* door =
        std::find_if(std::begin(kDoors), std::end(kDoors),
                     [last](const Door& d) { return d.name == last; });
    if (door == std::end(kDoors)) {
        count(slot::Total::kRefusedRequest);
        return answer_text(r, NGX_HTTP_NOT_FOUND,
                           "websocket, sse, http_stream, one of these with "
                           "uni_ in front, or emulation");
    }
    return start_live(r, door->carrier, door->dialect);
}

}  // namespace onair::ngx
