#include "ngx_module/status/status.h"

#include "ngx_module/base/frame.h"
#include "ngx_module/base/headers.h"
#include "ngx_module/base/str.h"
#include "ngx_module/conf/conf.h"
#include "ngx_module/status/status_json.h"
#include "ngx_module/status/status_prometheus.h"
#include "ngx_module/zone/worker.h"
#include "subscriber/request.h"

namespace onair::ngx {

namespace {

using Write = void (*)(Writer& out, const MainConf* main);

// Written twice where the first guess of the size was too small.
FramePtr written(Write write, const MainConf* main)
{
    size_t size = size_t{16} * 1024;
    for (int i = 0; i < 4; i++) {
        FramePtr frame(Frame::make(size));
        if (!frame) {
            return frame;
        }
        Writer out(frame->chars());
        write(out, main);
        if (out.ok()) {
            frame->shrink(out.size());
            return frame;
        }
        size = out.size() + 4096;
    }
    return {};
}

bool wants_prometheus(ngx_http_request_t* r)
{
    ngx_str_t value;
    ngx_str_t name = str("format");
    if (ngx_http_arg(r, name.data, name.len, &value) == NGX_OK) {
        return view(value) == "prometheus";
    }
    subscriber::Request request;
    read_request(r, &request);
    return request.accept.find("version=0.0.4") != std::string_view::npos ||
           request.accept.find("openmetrics-text") != std::string_view::npos;
}

}  // namespace

ngx_int_t on_status(ngx_http_request_t* r) noexcept
{
    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }
    ngx_int_t rc = discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }
    const MainConf* main = main_conf(const_cast<ngx_cycle_t*>(ngx_cycle));
    bool prometheus = wants_prometheus(r);
    FramePtr body =
        written(prometheus ? write_prometheus : write_status_json, main);
    if (!body || !add_caching(r, "no-store", Caching::kFirm) ||
        !add_header(r, "Vary", "Accept")) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
    return answer_frame(
        r, NGX_HTTP_OK,
        prometheus ? "text/plain; version=0.0.4" : "application/json", body);
}

}  // namespace onair::ngx
