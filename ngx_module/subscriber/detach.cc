#include "ngx_module/subscriber/detach.h"

#include "ngx_module/base/freelist.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/timer.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kLookAgainMs = 20;

// A request that waits to be given back; lives in the request's pool, but its
// events are taken down by the cleanup before the pool goes.
class Detaching {
  public:
    Detaching(ngx_http_request_t* r, Body body, Detached detached,
              NeverDetached never, void* data) noexcept
        : r_(r),
          body_(body),
          detached_(detached),
          never_(never),
          data_(data),
          soon_(on_soon, this)
    {}
    ~Detaching()
    {
        if (never_ != nullptr) {
            never_(data_, stalled_);
        }
    }

    void start()
    {
        r_->read_event_handler = ngx_http_block_reading;
        r_->write_event_handler = on_writable;
        ngx_http_set_ctx(r_, this, ngx_http_onair_module);
        soon_.post();
    }

  private:
    static void on_soon(void* self) noexcept
    {
        static_cast<Detaching*>(self)->proceed();
    }

    static void on_writable(ngx_http_request_t* r) noexcept
    {
        auto* self = static_cast<Detaching*>(
            ngx_http_get_module_ctx(r, ngx_http_onair_module));
        if (r->connection->write->timedout) {
            self->stalled_ = true;
            r->connection->timedout = 1;
            ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
            return;
        }
        if (ngx_http_output_filter(r, nullptr) == NGX_ERROR) {
            ngx_http_finalize_request(r, NGX_ERROR);
            return;
        }
        // Never free a request inside its own handler.
        self->soon_.post();
    }

    void proceed();
    bool head_has_left();
    bool others_use_it() const;
    void give_back();

    ngx_http_request_t* r_;
    Body body_;
    Detached detached_;
    NeverDetached never_;
    void* data_;
    bool stalled_ = false;
    LoopEvent soon_;
};

bool Detaching::head_has_left()
{
    ngx_connection_t* c = r_->connection;
    if (!r_->buffered && !c->buffered && r_->out == nullptr) {
        return true;
    }
    auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r_, ngx_http_core_module));
    // From now: something may have left meanwhile. A delayed one (limit_rate)
    // has its time already.
    if (!c->write->delayed) {
        ngx_add_timer(c->write, core->send_timeout);
    }
    if (ngx_handle_write_event(c->write, core->send_lowat) != NGX_OK) {
        ngx_http_finalize_request(r_, NGX_ERROR);
    }
    return false;
}

// Background subrequests (mirror) and the like hold the request too, as does
// nginx while it reads a body; nobody says when they have gone.
bool Detaching::others_use_it() const
{
    bool reads = r_->discard_body && body_ == Body::kIsNoMatter;
    unsigned own = 1 + (reads ? 1 : 0);
    return r_->count > own || r_->blocked > 0;
}

void Detaching::proceed()
{
    ngx_connection_t* c = r_->connection;
    if (c->error || c->close || c->read->eof) {
        c->error = 1;
        ngx_http_finalize_request(r_, NGX_ERROR);
        ngx_http_run_posted_requests(c);
        return;
    }
    if (!head_has_left()) {
        return;
    }
    if (others_use_it()) {
        soon_.start(kLookAgainMs, true);
        return;
    }
    give_back();
}

// The bytes behind the request, in memory that outlives it.
Bytes early_bytes(const ngx_http_request_t* r)
{
    const ngx_buf_t* b = r->header_in;
    auto size = static_cast<size_t>(b->last - b->pos);
    if (size == 0) {
        return {};
    }
    auto* at = static_cast<uint8_t*>(ngx_alloc(size, ngx_cycle->log));
    if (at == nullptr) {
        return {};
    }
    ngx_memcpy(at, b->pos, size);
    return {at, size};
}

// As nginx does for an idle keepalive connection.
void free_buffers(ngx_connection_t* c, ngx_http_connection_t* hc)
{
    if (c->buffer != nullptr && c->buffer->start != nullptr) {
        if (ngx_pfree(c->pool, c->buffer->start) == NGX_OK) {
            c->buffer->start = c->buffer->pos = c->buffer->last = nullptr;
        }
    }
    for (ngx_chain_t* cl = hc->free; cl != nullptr; cl = cl->next) {
        ngx_pfree(c->pool, cl->buf->start);
    }
    for (ngx_chain_t* cl = hc->busy; cl != nullptr; cl = cl->next) {
        ngx_pfree(c->pool, cl->buf->start);
    }
    hc->free = nullptr;
    hc->busy = nullptr;
    hc->nbusy = 0;
}

void Detaching::give_back()
{
    ngx_connection_t* c = r_->connection;
    ngx_http_connection_t* hc = r_->http_connection;
    Detached detached = detached_;
    void* data = data_;
    Bytes early = early_bytes(r_);

    never_ = nullptr;
    r_->keepalive = 0;
    ngx_http_free_request(r_, 0);  // and this object with it

    c->destroyed = 0;
    c->data = nullptr;
    free_buffers(c, hc);
    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }
    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }
#if (NGX_HTTP_SSL)
    if (c->ssl != nullptr) {
        ngx_ssl_free_buffer(c);
    }
#endif
    if (c->tcp_nopush == NGX_TCP_NOPUSH_SET) {
        ngx_tcp_push(c->fd);
        c->tcp_nopush = NGX_TCP_NOPUSH_UNSET;
    }
    ngx_tcp_nodelay(c);

    detached(c, data, early);
    if (early.data() != nullptr) {
        ngx_free(early.data());
    }
}

}  // namespace

bool can_detach(const ngx_http_request_t* r)
{
    return r == r->main && !is_stream(r) && r->postponed == nullptr;
}

ngx_int_t detach(ngx_http_request_t* r, Body body, Detached detached,
                 NeverDetached never, void* data)
{
    auto* detaching = make<Detaching>(r->pool, r, body, detached, never, data);
    if (detaching == nullptr) {
        never(data, false);
        return NGX_ERROR;
    }
    r->main->count++;
    detaching->start();
    return NGX_DONE;
}

namespace {

#if (NGX_SSL)

// What nginx keeps of a TLS connection, in memory of its own. False where a
// certificate's check may still need the pool.
bool move_ssl(ngx_connection_t* c)
{
    if (c->ssl->ocsp != nullptr) {
        return false;
    }
    auto* own = make_listed<ngx_ssl_connection_t>(*c->ssl);
    if (own == nullptr) {
        return false;
    }
    own->buf = nullptr;  // for send_chain(), which is not used any more
    c->ssl = own;
    return true;
}

void close_ssl(ngx_connection_t* c)
{
    ngx_ssl_connection_t* own = c->ssl;
    if (own == nullptr) {
        return;
    }
    if (ngx_ssl_shutdown(c) == NGX_AGAIN) {
        // The client does not take even the last record: no waiting for it.
        c->timedout = 1;
        (void)ngx_ssl_shutdown(c);
    }
    free_listed(own);
}

#endif

}  // namespace

void free_connection_pool(ngx_connection_t* c, ngx_log_t* log)
{
#if (NGX_SSL)
    if (c->ssl != nullptr && !move_ssl(c)) {
        return;
    }
#endif
    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->sockaddr = nullptr;
    c->socklen = 0;
    c->local_sockaddr = nullptr;
    c->local_socklen = 0;
    c->buffer = nullptr;
    c->proxy_protocol = nullptr;
    ngx_pool_t* pool = c->pool;
    c->pool = nullptr;
    ngx_destroy_pool(pool);
}

void close_detached(ngx_connection_t* c)
{
    if (c->pool != nullptr) {
        ngx_http_close_connection(c);
        return;
    }
#if (NGX_SSL)
    close_ssl(c);
#endif
#if (NGX_STAT_STUB)
    (void)ngx_atomic_fetch_add(ngx_stat_active, -1);
#endif
    c->destroyed = 1;
    ngx_close_connection(c);
}

}  // namespace onair::ngx
