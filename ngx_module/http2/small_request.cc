#include "ngx_module/http2/small_request.h"

#include "ngx_module/http2/own_frames.h"

namespace onair::ngx {

#if (NGX_HTTP_V2 && nginx_version >= 1022000 && nginx_version <= 1031005)

namespace {

// Two cleanup handlers, and what a pool aligns.
constexpr size_t kRoomForOthers =
    sizeof(ngx_http_cleanup_t) + sizeof(ngx_pool_cleanup_t) + 64;

size_t pool_size()
{
    return ngx_align(sizeof(ngx_pool_t) + sizeof(ngx_http_request_t) +
                         sizeof(ngx_http_v2_stream_t) +
                         sizeof(void*) * ngx_http_max_module + kRoomForOthers,
                     NGX_POOL_ALIGNMENT);
}

constexpr size_t kEmptyPool = ngx_align(
    sizeof(ngx_pool_t) + 2 * sizeof(ngx_pool_large_t), NGX_POOL_ALIGNMENT);

// What a request without fields, answered with 200, is to nginx.
void copy_request(ngx_http_request_t* to, const ngx_http_request_t* from)
{
    to->signature = from->signature;
    to->connection = from->connection;
    to->main_conf = from->main_conf;
    to->srv_conf = from->srv_conf;
    to->loc_conf = from->loc_conf;
    to->http_connection = from->http_connection;
    to->log_handler = from->log_handler;
    to->read_event_handler = ngx_http_block_reading;
    to->write_event_handler = ngx_http_request_empty_handler;
    to->main = to;
    to->start_sec = from->start_sec;
    to->start_msec = from->start_msec;
    to->method = from->method;
    to->http_version = from->http_version;
    to->http_protocol = from->http_protocol;
    to->header_size = from->header_size;
    to->request_length = from->request_length;
    to->headers_in.content_length_n = -1;
    to->headers_in.keep_alive_n = -1;
    to->headers_in.connection_type = NGX_HTTP_CONNECTION_CLOSE;
    to->headers_out.status = from->headers_out.status;
    to->headers_out.content_length_n = -1;
    to->headers_out.last_modified_time = -1;
    to->uri_changes = 1;
    to->subrequests = 1;
    to->valid_location = 1;
    to->http_state = from->http_state;
    to->header_sent = 1;
    to->logged = 1;  // by the old one
    to->main_filter_need_in_memory = from->main_filter_need_in_memory;
}

void copy_stream(ngx_http_v2_stream_t* to, const ngx_http_v2_stream_t* from)
{
    *to = *from;
    to->frames = 0;
    to->free_frames = nullptr;
    to->free_frame_headers = nullptr;
    to->free_bufs = nullptr;
    to->preread = nullptr;
    to->cookies = nullptr;
}

// An address that a module has put into the old request's memory.
bool keep_address(const ngx_connection_t* fc, const ngx_connection_t* c,
                  ngx_pool_t* pool, ngx_str_t* kept)
{
    *kept = fc->addr_text;
    if (fc->addr_text.data == c->addr_text.data) {
        return true;
    }
    kept->data = static_cast<u_char*>(ngx_pnalloc(pool, kept->len));
    if (kept->data == nullptr) {
        return false;
    }
    ngx_memcpy(kept->data, fc->addr_text.data, kept->len);
    return true;
}

}  // namespace

bool SmallRequest::can_replace(const ngx_http_request_t* r)
{
    const ngx_http_v2_stream_t* stream = r->stream;
    const ngx_connection_t* fc = r->connection;
    const ngx_http_v2_connection_t* h2c = stream->connection;
    const auto* core = static_cast<const ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return r->count == 1 && r->blocked == 0 && !r->aio &&
           r->posted_requests == nullptr && core->post_action.data == nullptr &&
           stream->in_closed && !stream->out_closed && !stream->rst_sent &&
           stream->queued == 0 && !stream->waiting &&
           h2c->state.stream != stream && h2c->state.pool != stream->pool &&
           !fc->close && !fc->error && !fc->read->timer_set &&
           !fc->write->timer_set && OwnFrames::can_begin(r);
}

bool SmallRequest::is_in_use(const ngx_http_request_t* r)
{
    return r->stream->connection->blocked != 0;
}

SmallRequest::SmallRequest(ngx_http_request_t* old) noexcept : old_(old)
{
    if (!make()) {
        if (request_ != nullptr) {
            ngx_destroy_pool(request_->pool);
        }
        request_ = nullptr;
    }
}

// Replaced or not: what is left is of no use.
SmallRequest::~SmallRequest()
{
    if (request_ != nullptr) {
        ngx_destroy_pool(request_->pool);
    }
    if (fields_ != nullptr) {
        ngx_destroy_pool(fields_);
    }
}

bool SmallRequest::make() noexcept
{
    ngx_log_t* log = old_->connection->log;
    ngx_pool_t* pool = ngx_create_pool(pool_size(), log);
    if (pool == nullptr) {
        return false;
    }
    request_ = static_cast<ngx_http_request_t*>(
        ngx_pcalloc(pool, sizeof(ngx_http_request_t)));
    if (request_ == nullptr) {
        ngx_destroy_pool(pool);
        return false;
    }
    copy_request(request_, old_);
    request_->pool = pool;
    request_->stream = static_cast<ngx_http_v2_stream_t*>(
        ngx_pcalloc(pool, sizeof(ngx_http_v2_stream_t)));
    request_->ctx = static_cast<void**>(
        ngx_pcalloc(pool, sizeof(void*) * ngx_http_max_module));
    fields_ = ngx_create_pool(kEmptyPool, log);
    return request_->stream != nullptr && request_->ctx != nullptr &&
           fields_ != nullptr;
}

void SmallRequest::replace() noexcept
{
    ngx_http_request_t* r = request_;
    ngx_connection_t* fc = old_->connection;
    ngx_http_v2_stream_t* before = old_->stream;
    ngx_http_v2_connection_t* h2c = before->connection;
    ngx_http_v2_stream_t* stream = r->stream;
    ngx_str_t address;
    if (!keep_address(fc, h2c->connection, r->pool, &address)) {
        address = h2c->connection->addr_text;
    }
    copy_stream(stream, before);
    stream->request = r;
    stream->pool = fields_;
    stream->node->stream = stream;
    h2c->frames -= before->frames;
    ngx_pool_t* fields = before->pool;

    // nginx's own cleanup finds nothing queued and nobody who waits.
    ngx_http_free_request(old_, 0);
    ngx_destroy_pool(fields);

    fc->data = r;
    fc->destroyed = 0;
    fc->addr_text = address;
    auto* context = static_cast<ngx_http_log_ctx_t*>(fc->log->data);
    context->request = r;
    context->current_request = r;
    fc->log->action = nullptr;
    request_ = nullptr;
    fields_ = nullptr;
    free_record_buffer(h2c->connection);
}

#else

bool SmallRequest::can_replace(const ngx_http_request_t*)
{
    return false;
}

bool SmallRequest::is_in_use(const ngx_http_request_t*)
{
    return true;
}

SmallRequest::SmallRequest(ngx_http_request_t* old) noexcept : old_(old) {}
SmallRequest::~SmallRequest() = default;

bool SmallRequest::make() noexcept
{
    return false;
}

void SmallRequest::replace() noexcept {}

#endif

}  // namespace onair::ngx
