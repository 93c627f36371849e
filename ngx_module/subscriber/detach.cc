#include "ngx_module/subscriber/detach.h"

#include "ngx_module/base/freelist.h"
#include "ngx_module/base/pool.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/subscriber/held_request.h"

namespace onair::ngx {

namespace {

constexpr ngx_msec_t kLookAgainMs = 20;
constexpr ngx_msec_t kLookAgainAtMostMs = 1000;

const ngx_http_core_loc_conf_t* core_of(ngx_http_request_t* r)
{
    return static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
}

// A request on its way to be given back; lives in the request's pool.
class Detaching {
  public:
    Detaching(ngx_http_request_t* r, Body body, const DetachCalls* calls,
              void* data) noexcept
        : r_(r),
          body_(body),
          calls_(calls),
          data_(data),
          held_(r, on_ended, this),
          look_(on_look, this)
    {}

    bool start();
    void close();

    static Detaching* of(ngx_http_request_t* r)
    {
        return static_cast<Detaching*>(
            ngx_http_get_module_ctx(r->main, ngx_http_onair_module));
    }

  private:
    static void on_look(void* self) noexcept
    {
        static_cast<Detaching*>(self)->proceed();
    }
    static void on_ended(void* self) noexcept;
    static void on_writable(ngx_http_request_t* r) noexcept;
    static void on_body(ngx_http_request_t* r) noexcept;
    static void on_held_readable(ngx_http_request_t* r) noexcept;
    static void on_held_writable(ngx_http_request_t* r) noexcept;

    void proceed();
    void fail(ngx_int_t rc) noexcept;
    bool head_has_left();
    void take_body();
    void forget_body();
    bool others_use_it() const;
    void look_again();
    void open_beside_request();
    void give_back();
    void take_down_timers();

    ngx_http_request_t* r_;
    Body body_;
    const DetachCalls* calls_;
    void* data_;
    bool looked_ = false;
    bool opened_ = false;
    ngx_msec_t pause_ = kLookAgainMs;
    HeldRequest held_;
    LoopEvent look_;
};

bool Detaching::start()
{
    if (!held_.hold()) {
        return false;
    }
    r_->read_event_handler = ngx_http_block_reading;
    r_->write_event_handler = on_writable;
    ngx_http_set_ctx(r_, this, ngx_http_onair_module);
    look_.post();
    return true;
}

// Called by nginx: the connection goes with the request.
void Detaching::on_ended(void* self) noexcept
{
    auto* detaching = static_cast<Detaching*>(self);
    detaching->look_.cancel();
    detaching->calls_->lost(detaching->data_, false);
}

// Called by us, before the head has left.
void Detaching::fail(ngx_int_t rc) noexcept
{
    look_.cancel();
    calls_->lost(data_, rc == NGX_HTTP_REQUEST_TIME_OUT);
    held_.finalize(rc);
}

// Called by us, later on: whoever is called back has gone.
void Detaching::close()
{
    look_.cancel();
    r_->connection->error = 1;
    held_.finalize(NGX_ERROR);
}

void Detaching::on_writable(ngx_http_request_t* r) noexcept
{
    Detaching* self = of(r);
    if (r->connection->write->timedout) {
        r->connection->timedout = 1;
        self->fail(NGX_HTTP_REQUEST_TIME_OUT);
    } else if (ngx_http_output_filter(r, nullptr) == NGX_ERROR) {
        self->fail(NGX_ERROR);
    } else {
        // Never free a request inside its own handler.
        self->look_.post();
    }
}

bool Detaching::head_has_left()
{
    ngx_connection_t* c = r_->connection;
    if (!r_->buffered && !c->buffered && r_->out == nullptr) {
        return true;
    }
    const ngx_http_core_loc_conf_t* core = core_of(r_);
    // From now: something may have left meanwhile. A delayed one (limit_rate)
    // has its time already.
    if (!c->write->delayed) {
        ngx_add_timer(c->write, core->send_timeout);
    }
    if (ngx_handle_write_event(c->write, core->send_lowat) != NGX_OK) {
        fail(NGX_ERROR);
    }
    return false;
}

// nginx has its own handler for a body that is still to come, and a reference
// that goes with it, once the handler of our location has returned.
void Detaching::take_body()
{
    if (!r_->discard_body) {
        return;
    }
    if (body_ == Body::kIsNoMatter) {
        forget_body();
    } else {
        r_->read_event_handler = on_body;
    }
}

void Detaching::forget_body()
{
    ngx_event_t* read = r_->connection->read;
    if (read->timer_set) {
        ngx_del_timer(read);
    }
    r_->discard_body = 0;
    r_->lingering_close = 0;
    r_->read_event_handler = ngx_http_block_reading;
    r_->main->count--;
}

// nginx would finalise the request with the reference of the body, and a
// post_action take the one that is left for its own.
void Detaching::on_body(ngx_http_request_t* r) noexcept
{
    ngx_connection_t* c = r->connection;
    bool late = r->lingering_time != 0 && r->lingering_time <= ngx_time();
    if (c->read->timedout || late) {
        c->timedout = 1;
        c->error = 1;
        Detaching* self = of(r);
        self->forget_body();
        self->fail(NGX_ERROR);
        return;
    }
    ngx_http_discarded_request_body_handler(r);
}

// Background subrequests (mirror) and the like; nobody says when they have
// gone. A post_action wants the request to the end.
bool Detaching::others_use_it() const
{
    return r_->count > 1 || r_->blocked > 0 ||
           core_of(r_)->post_action.data != nullptr;
}

void Detaching::look_again()
{
    look_.start(pause_, true);
    pause_ = opened_ ? ngx_min(2 * pause_, kLookAgainAtMostMs) : kLookAgainMs;
}

void Detaching::proceed()
{
    if (!looked_) {
        looked_ = true;
        take_body();
    }
    ngx_connection_t* c = r_->connection;
    if (!opened_) {
        if (c->error || c->close || c->read->eof) {
            c->error = 1;
            fail(NGX_ERROR);
            return;
        }
        if (!head_has_left()) {
            return;
        }
        if (r_->discard_body) {
            look_again();
            return;
        }
    }
    if (!others_use_it()) {
        give_back();
        return;
    }
    if (core_of(r_)->post_action.data == nullptr) {
        look_again();
    }
    if (!opened_) {
        open_beside_request();
    }
}

void Detaching::take_down_timers()
{
    ngx_connection_t* c = r_->connection;
    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }
    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }
}

void Detaching::on_held_readable(ngx_http_request_t* r) noexcept
{
    Detaching* self = of(r);
    self->calls_->readable(self->data_);
}

void Detaching::on_held_writable(ngx_http_request_t* r) noexcept
{
    Detaching* self = of(r);
    self->calls_->writable(self->data_);
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

void send_at_once(ngx_connection_t* c)
{
    if (c->tcp_nopush == NGX_TCP_NOPUSH_SET) {
        ngx_tcp_push(c->fd);
        c->tcp_nopush = NGX_TCP_NOPUSH_UNSET;
    }
    ngx_tcp_nodelay(c);
}

// nginx's handlers stay with the connection, as subrequests that end look for
// their request there; what they call is ours.
void Detaching::open_beside_request()
{
    opened_ = true;
    Bytes early = early_bytes(r_);
    r_->header_in->pos = r_->header_in->last;
    r_->keepalive = 0;
    take_down_timers();
    send_at_once(r_->connection);
    r_->read_event_handler = on_held_readable;
    r_->write_event_handler = on_held_writable;
    calls_->opened(data_, r_->connection, early);
    if (early.data() != nullptr) {
        ngx_free(early.data());
    }
}

void Detaching::give_back()
{
    ngx_connection_t* c = r_->connection;
    ngx_http_connection_t* hc = r_->http_connection;
    const DetachCalls* calls = calls_;
    void* data = data_;
    bool opened = opened_;
    Bytes early = opened ? Bytes() : early_bytes(r_);

    held_.let_go();
    take_down_timers();
    r_->keepalive = 0;
    ngx_http_free_request(r_, 0);  // and this object with it

    c->destroyed = 0;
    c->data = nullptr;
    free_buffers(c, hc);
#if (NGX_HTTP_SSL)
    if (c->ssl != nullptr) {
        ngx_ssl_free_buffer(c);
    }
#endif
    send_at_once(c);

    calls->given_back(data, c);
    if (!opened) {
        calls->opened(data, c, early);
    }
    if (early.data() != nullptr) {
        ngx_free(early.data());
    }
}

}  // namespace

bool can_detach(const ngx_http_request_t* r)
{
    return r == r->main && !is_stream(r) && r->postponed == nullptr;
}

ngx_int_t detach(ngx_http_request_t* r, Body body, const DetachCalls* calls,
                 void* data)
{
    auto* detaching = make<Detaching>(r->pool, r, body, calls, data);
    if (detaching == nullptr || !detaching->start()) {
        calls->lost(data, false);
        return NGX_ERROR;
    }
    return NGX_DONE;
}

void close_held(ngx_connection_t* c)
{
    Detaching::of(static_cast<ngx_http_request_t*>(c->data))->close();
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
