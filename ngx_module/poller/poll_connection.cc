#include "ngx_module/poller/poll_connection.h"

#include <sys/eventfd.h>

#include "ngx_module/base/pool.h"
#include "ngx_module/base/str.h"

namespace onair::ngx {

namespace {

// What nginx expects to find behind a connection's log, and ours behind it.
struct PollLog {
    ngx_http_log_ctx_t http;
    const PollConf* conf;
    PollSink* sink;
};

PollLog* log_of(const ngx_connection_t* c)
{
    return static_cast<PollLog*>(c->log->data);
}

u_char* on_log(ngx_log_t* log, u_char* buf, size_t len) noexcept
{
    auto* data = static_cast<PollLog*>(log->data);
    return ngx_snprintf(buf, len, ", onair poll of \"%V\", zone \"%V\"",
                        &data->conf->location, &data->conf->zone->name);
}

ssize_t sink_recv(ngx_connection_t*, u_char*, size_t) noexcept
{
    return NGX_AGAIN;
}
ssize_t sink_recv_chain(ngx_connection_t*, ngx_chain_t*, off_t) noexcept
{
    return NGX_AGAIN;
}
ssize_t sink_send(ngx_connection_t*, u_char*, size_t size) noexcept
{
    return static_cast<ssize_t>(size);
}
ngx_chain_t* sink_send_chain(ngx_connection_t* c, ngx_chain_t* in,
                             off_t) noexcept
{
    PollSink* sink = poll_sink(c);
    for (; in != nullptr; in = in->next) {
        if (sink != nullptr && !sink->on_output(in->buf)) {
            return NGX_CHAIN_ERROR;
        }
        c->sent += ngx_buf_size(in->buf);
        in->buf->pos = in->buf->last;
        in->buf->file_pos = in->buf->file_last;
    }
    return nullptr;
}

// Nobody is written to, but limit_req waits with this event.
void on_wait_over(ngx_event_t* event) noexcept
{
    auto* c = static_cast<ngx_connection_t*>(event->data);
    auto* r = static_cast<ngx_http_request_t*>(c->data);
    event->delayed = 0;
    event->timedout = 0;
    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
}

sockaddr_in g_loopback;

void use_loopback(ngx_connection_t* c)
{
    g_loopback.sin_family = AF_INET;
    g_loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // SAFETY: nginx reads it as the sockaddr that it is.
    c->sockaddr = reinterpret_cast<sockaddr*>(&g_loopback);
    c->socklen = sizeof(g_loopback);
    c->local_sockaddr = c->sockaddr;
    c->local_socklen = c->socklen;
    c->addr_text = str("127.0.0.1");
}

bool make_log(ngx_connection_t* c, const PollConf* conf)
{
    auto* log = zeroed<ngx_log_t>(c->pool);
    auto* data = zeroed<PollLog>(c->pool);
    if (log == nullptr || data == nullptr) {
        return false;
    }
    data->http.connection = c;
    data->conf = conf;
    *log = *ngx_cycle->log;
    log->connection = c->number;
    log->handler = on_log;
    log->data = data;
    log->action = nullptr;
    c->log = log;
    c->pool->log = log;
    c->read->log = log;
    c->write->log = log;
    return true;
}

bool make_http_connection(ngx_connection_t* c, const PollConf* conf)
{
    auto* hc = zeroed<ngx_http_connection_t>(c->pool);
    auto* addr = zeroed<ngx_http_addr_conf_t>(c->pool);
    c->buffer = ngx_create_temp_buf(c->pool, 1);
    if (hc == nullptr || addr == nullptr || c->buffer == nullptr) {
        return false;
    }
    auto* server = static_cast<ngx_http_core_srv_conf_t*>(
        conf->ctx->srv_conf[ngx_http_core_module.ctx_index]);
    addr->default_server = server;
    hc->addr_conf = addr;
    hc->conf_ctx = server->ctx;
    c->data = hc;
    return true;
}

}  // namespace

void pretend_registered(ngx_connection_t* c, bool on)
{
    bool once = (ngx_event_flags & NGX_USE_CLEAR_EVENT) != 0;
    c->read->active = on ? 1 : 0;
    c->write->active = on && once ? 1 : 0;
}

bool is_poll_connection(const ngx_connection_t* c)
{
    return c->recv == sink_recv;
}

void set_poll_sink(ngx_connection_t* c, PollSink* sink)
{
    log_of(c)->sink = sink;
}

PollSink* poll_sink(const ngx_connection_t* c)
{
    return log_of(c)->sink;
}

ngx_connection_t* make_poll_connection(const PollConf* conf,
                                       ngx_event_handler_pt on_event)
{
    // A descriptor of its own, so that nginx's ways of closing all work.
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd == -1) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                      "onair: eventfd() failed");
        return nullptr;
    }
    ngx_connection_t* c = ngx_get_connection(fd, ngx_cycle->log);
    if (c == nullptr) {
        ngx_close_socket(fd);
        return nullptr;
    }
#if (NGX_STAT_STUB)
    (void)ngx_atomic_fetch_add(ngx_stat_active, 1);
#endif
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->pool = ngx_create_pool(1024, ngx_cycle->log);
    c->recv = sink_recv;
    c->send = sink_send;
    c->recv_chain = sink_recv_chain;
    c->send_chain = sink_send_chain;
    c->log_error = NGX_ERROR_INFO;
    c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
    c->read->handler = on_event;
    c->write->handler = on_wait_over;
    pretend_registered(c, true);
    c->write->ready = 1;
    c->idle = 1;
    use_loopback(c);
    if (c->pool == nullptr || !make_log(c, conf) ||
        !make_http_connection(c, conf)) {
#if (NGX_STAT_STUB)
        (void)ngx_atomic_fetch_add(ngx_stat_active, -1);
#endif
        pretend_registered(c, false);
        ngx_pool_t* pool = c->pool;
        c->log = ngx_cycle->log;
        ngx_close_connection(c);
        if (pool != nullptr) {
            ngx_destroy_pool(pool);
        }
        return nullptr;
    }
    return c;
}

}  // namespace onair::ngx
