#include "ngx_module/engine/wire.h"

#include "base/bytes.h"
#include "ngx_module/base/str.h"
#include "ngx_module/engine/settings.h"

namespace onair::ngx {

namespace {

constexpr size_t kFirstRoom = size_t{16} * 1024;
// What waits for an engine that does not read.
constexpr size_t kMostOut = size_t{16} * 1024 * 1024;
constexpr size_t kMostIn = engine::kMaxText + engine::kMaxLine + 64;

ngx_int_t get_peer(ngx_peer_connection_t*, void*) noexcept
{
    return NGX_OK;
}

Wire* of(const ngx_event_t* event)
{
    auto* c = static_cast<ngx_connection_t*>(event->data);
    return static_cast<Wire*>(c->data);
}

ngx_err_t socket_error(const ngx_connection_t* c)
{
    int error = 0;
    socklen_t size = sizeof(error);
    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1) {
        error = ngx_errno;
    }
    return error;
}

const char* sentence_of(Fault fault)
{
    switch (fault) {
        case Fault::kTooLarge:
            return "it sent a text that is too long";
        case Fault::kTooDeep:
            return "it sent an answer that is nested too deep";
        case Fault::kTooMany:
            return "it sent an answer with too many elements";
        default:
            return "it sent what is not the protocol of Redis";
    }
}

}  // namespace

Wire::~Wire()
{
    close();
    ngx_free(out_);
    ngx_free(in_);
}

void Wire::connect(const EngineConf* conf, ngx_http_upstream_rr_peer_t* peer)
{
    close();
    conf_ = conf;
    ngx_peer_connection_t pc;
    ngx_memzero(&pc, sizeof(pc));
    pc.sockaddr = peer->sockaddr;
    pc.socklen = peer->socklen;
    pc.name = &peer->name;
    pc.get = get_peer;
    // What fails is said once by the owner, not at each attempt.
    ngx_log_t quiet = *ngx_cycle->log;
    quiet.log_level = NGX_LOG_STDERR;
    pc.log = &quiet;
    pc.log_error = NGX_ERROR_INFO;
    error_ = 0;
    ngx_int_t rc = ngx_event_connect_peer(&pc);
    if (rc != NGX_OK && rc != NGX_AGAIN) {
        error_ = ngx_errno;
        lost("connecting failed");
        return;
    }
    ngx_connection_t* c = connection_ = pc.connection;
    c->data = this;
    c->log = ngx_cycle->log;
    c->read->log = c->write->log = c->log;
    c->read->handler = on_read_event;
    c->write->handler = on_write_event;
    c->read->cancelable = c->write->cancelable = 1;
    c->pool = ngx_create_pool(512, c->log);
    if (c->pool == nullptr) {
        lost("there is no memory");
        return;
    }
    if (rc == NGX_OK) {
        ngx_post_event(c->write, &ngx_posted_events);
    }
}

void Wire::close()
{
    flush_.cancel();
    ngx_connection_t* c = connection_;
    connection_ = nullptr;
    connected_ = false;
    life_++;
    walker_ = engine::Walker();
    in_size_ = out_size_ = out_sent_ = 0;
    if (c == nullptr) {
        return;
    }
#if (NGX_HTTP_SSL)
    if (c->ssl != nullptr) {
        c->ssl->no_wait_shutdown = 1;
        c->ssl->no_send_shutdown = 1;
        static_cast<void>(ngx_ssl_shutdown(c));
    }
#endif
    ngx_pool_t* pool = c->pool;
    ngx_close_connection(c);
    if (pool != nullptr) {
        ngx_destroy_pool(pool);
    }
}

void Wire::lost(const char* why)
{
    close();
    owner_->on_lost(this, why);
}

// --- connecting ---

void Wire::on_write_event(ngx_event_t* event) noexcept
{
    Wire* self = of(event);
    ngx_connection_t* c = self->connection_;
    if (self->connected_) {
        self->flush();
        return;
    }
    self->error_ = socket_error(c);
    if (self->error_ != 0) {
        self->lost("connecting failed");
        return;
    }
#if (NGX_HTTP_SSL)
    if (self->conf_->tls) {
        if (c->ssl == nullptr) {
            self->start_tls();
        }
        return;
    }
#endif
    self->established();
}

#if (NGX_HTTP_SSL)
void Wire::start_tls()
{
    ngx_connection_t* c = connection_;
    if (ngx_ssl_create_connection(conf_->ssl, c,
                                  NGX_SSL_BUFFER | NGX_SSL_CLIENT) != NGX_OK) {
        lost("there is no memory");
        return;
    }
    std::string_view host = view(conf_->tls_name);
    char name[256];
    if (host.size() < sizeof(name)) {
        copy_bytes(name, host.data(), host.size());
        name[host.size()] = '\0';
        SSL_set_tlsext_host_name(c->ssl->connection, name);
    }
    ngx_int_t rc = ngx_ssl_handshake(c);
    if (rc == NGX_AGAIN) {
        c->ssl->handler = on_handshake;
        return;
    }
    on_handshake(c);
}

void Wire::on_handshake(ngx_connection_t* c) noexcept
{
    auto* self = static_cast<Wire*>(c->data);
    if (!c->ssl->handshaked) {
        self->lost("the handshake of TLS failed");
        return;
    }
    if (SSL_get_verify_result(c->ssl->connection) != X509_V_OK) {
        self->lost("its certificate is not trusted");
        return;
    }
    ngx_str_t name = self->conf_->tls_name;
    if (ngx_ssl_check_host(c, &name) != NGX_OK) {
        self->lost("its certificate is of another name");
        return;
    }
    c->read->handler = on_read_event;
    c->write->handler = on_write_event;
    self->established();
}
#endif

void Wire::established()
{
    connected_ = true;
    uint64_t life = life_;
    owner_->on_connected(this);
    if (life == life_ && connection_->read->ready) {
        read();
    }
}

// --- writing ---

bool Wire::reserve(char** memory, size_t* room, size_t used, size_t more)
{
    if (*room - used >= more) {
        return true;
    }
    size_t size = ngx_max(ngx_max(2 * *room, used + more), kFirstRoom);
    auto* at = static_cast<char*>(ngx_alloc(size, ngx_cycle->log));
    if (at == nullptr) {
        return false;
    }
    copy_bytes(at, *memory, used);
    ngx_free(*memory);
    *memory = at;
    *room = size;
    return true;
}

void Wire::send(std::span<const std::string_view> words)
{
    if (connection_ == nullptr) {
        return;
    }
    size_t most = engine::most_command(words);
    if (out_sent_ == out_size_) {
        out_sent_ = out_size_ = 0;
    }
    if (out_size_ + most > kMostOut ||
        !reserve(&out_, &out_room_, out_size_, most)) {
        // The owner finds out by its clock that nothing is answered.
        return;
    }
    Writer out({out_ + out_size_, most});
    engine::write_command(out, words);
    out_size_ += out.size();
    flush_.post();
}

void Wire::on_flush(void* self) noexcept
{
    static_cast<Wire*>(self)->flush();
}

void Wire::flush()
{
    ngx_connection_t* c = connection_;
    while (c != nullptr && connected_ && out_sent_ < out_size_) {
        // SAFETY: nginx's bytes are unsigned.
        auto* from = reinterpret_cast<u_char*>(out_ + out_sent_);
        ssize_t n = c->send(c, from, out_size_ - out_sent_);
        if (n == NGX_AGAIN) {
            break;
        }
        if (n <= 0) {
            lost("writing to it failed");
            return;
        }
        out_sent_ += static_cast<size_t>(n);
    }
    if (c != nullptr && ngx_handle_write_event(c->write, 0) != NGX_OK) {
        lost("waiting for it failed");
    }
}

// --- reading ---

void Wire::on_read_event(ngx_event_t* event) noexcept
{
    Wire* self = of(event);
    if (self->connected_) {
        self->read();
        return;
    }
    self->error_ = socket_error(self->connection_);
    if (self->error_ != 0) {
        self->lost("connecting failed");
    }
}

// False: there is no more, or the connection is gone.
bool Wire::read_some()
{
    ngx_connection_t* c = connection_;
    if (in_size_ >= kMostIn ||
        !reserve(&in_, &in_room_, in_size_, kFirstRoom)) {
        lost("there is no memory for what it sends");
        return false;
    }
    // SAFETY: nginx's bytes are unsigned.
    auto* to = reinterpret_cast<u_char*>(in_ + in_size_);
    ssize_t n = c->recv(c, to, in_room_ - in_size_);
    if (n == NGX_AGAIN) {
        return false;
    }
    if (n <= 0) {
        lost(n == 0 ? "it closed the connection" : "reading from it failed");
        return false;
    }
    in_size_ += static_cast<size_t>(n);
    return true;
}

void Wire::consume()
{
    size_t at = 0;
    uint64_t life = life_;
    while (at < in_size_) {
        size_t used = 0;
        Result<engine::Item> item =
            walker_.next({in_ + at, in_size_ - at}, &used);
        if (!item.ok()) {
            if (item.fault() == Fault::kIncomplete) {
                break;
            }
            lost(sentence_of(item.fault()));
            return;
        }
        at += used;
        owner_->on_item(this, *item);
        if (life != life_) {
            return;
        }
    }
    std::memmove(in_, in_ + at, in_size_ - at);
    in_size_ -= at;
}

void Wire::read()
{
    uint64_t life = life_;
    while (life == life_ && read_some()) {
        consume();
    }
    if (life != life_) {
        return;
    }
    if (ngx_handle_read_event(connection_->read, 0) != NGX_OK) {
        lost("waiting for it failed");
        return;
    }
    owner_->on_read(this);
}

}  // namespace onair::ngx
