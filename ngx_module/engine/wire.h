// One connection to the engine, of nginx's own: connecting, TLS, what is to be
// written, and the items of what comes. Who it is and what the items mean is
// its owner's.
#pragma once

#include <span>

#include "engine/resp.h"
#include "ngx_module/base/ngx.h"
#include "ngx_module/base/timer.h"

namespace onair::ngx {

struct EngineConf;

class Wire {
  public:
    // Calls of its owner, who may close the wire in any of them.
    class Owner {
      public:
        virtual void on_connected(Wire* wire) noexcept = 0;
        virtual void on_item(Wire* wire, const engine::Item& item) noexcept = 0;
        // All that had come was read.
        virtual void on_read(Wire* wire) noexcept = 0;
        // The connection is gone or could not be made; it is closed.
        virtual void on_lost(Wire* wire, const char* why) noexcept = 0;

      protected:
        ~Owner() = default;
    };

    explicit Wire(Owner* owner) : owner_(owner), flush_(on_flush, this) {}
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    // Begins to connect; the owner is told how it went, at once where it
    // fails at once.
    void connect(const EngineConf* conf, ngx_http_upstream_rr_peer_t* peer);
    // Queues a command; it leaves in this turn of the loop.
    void send(std::span<const std::string_view> words);
    void close();

    bool open() const { return connection_ != nullptr; }
    bool connected() const { return connected_; }
    // Of the system, why it was lost; 0: it does not say.
    ngx_err_t error() const { return error_; }

  private:
    static void on_flush(void* self) noexcept;
    static void on_write_event(ngx_event_t* event) noexcept;
    static void on_read_event(ngx_event_t* event) noexcept;
#if (NGX_HTTP_SSL)
    static void on_handshake(ngx_connection_t* c) noexcept;
    void start_tls();
#endif
    bool reserve(char** memory, size_t* room, size_t used, size_t more);
    void established();
    void lost(const char* why);
    void flush();
    void read();
    bool read_some();
    void consume();

    Owner* owner_;
    const EngineConf* conf_ = nullptr;
    ngx_connection_t* connection_ = nullptr;
    bool connected_ = false;
    ngx_err_t error_ = 0;
    LoopEvent flush_;
    engine::Walker walker_;
    char* out_ = nullptr;
    size_t out_room_ = 0;
    size_t out_size_ = 0;
    size_t out_sent_ = 0;
    char* in_ = nullptr;
    size_t in_room_ = 0;
    size_t in_size_ = 0;
    uint64_t life_ = 0;  // of the connection: another one after each close
};

}  // namespace onair::ngx
