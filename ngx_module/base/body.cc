#include "ngx_module/base/body.h"

namespace onair::ngx {

ngx_int_t whole_body(ngx_http_request_t* r, size_t most, Bytes* out)
{
    *out = {};
    if (r->request_body == nullptr) {
        return NGX_OK;
    }
    size_t size = 0;
    for (ngx_chain_t* cl = r->request_body->bufs; cl; cl = cl->next) {
        size += static_cast<size_t>(ngx_buf_size(cl->buf));
    }
    if (size > most) {
        return NGX_DECLINED;
    }
    auto* at = static_cast<u_char*>(ngx_pnalloc(r->pool, size + 1));
    if (at == nullptr) {
        return NGX_ERROR;
    }
    size_t used = 0;
    for (ngx_chain_t* cl = r->request_body->bufs; cl; cl = cl->next) {
        const ngx_buf_t* b = cl->buf;
        auto length = static_cast<size_t>(ngx_buf_size(b));
        if (!b->in_file) {
            copy_bytes(at + used, b->pos, length);
        } else if (ngx_read_file(b->file, at + used, length, b->file_pos) !=
                   static_cast<ssize_t>(length)) {
            return NGX_ERROR;
        }
        used += length;
    }
    *out = {at, used};
    return NGX_OK;
}

}  // namespace onair::ngx
