// One non-blocking connection, plain or TLS, bound to one of many loopback
// addresses so that the ports of one address are not the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "options.h"

namespace onair::bench {

enum class Io { kDone, kAgain, kClosed };

class Stream {
  public:
    Stream() = default;
    ~Stream() { drop(); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    // Starts to connect from source address number `source`; `tls` may be
    // null. False when the socket or the connect fails at once.
    bool open(const Options& options, std::size_t source, SSL_CTX* tls);
    // To be called when the socket is ready, until kDone: the TLS handshake.
    Io ready();
    // Small requests: all is written or the connection counts as closed.
    bool write(std::string_view bytes);
    // kDone: `got` bytes, which is less than `room` when there is no more.
    Io read(char* room, std::size_t size, std::size_t* got);
    void drop();
    // Of TLS, that have come.
    std::uint64_t records() const { return records_; }

    int fd() const { return fd_; }

  private:
    int fd_ = -1;
    SSL* ssl_ = nullptr;
    std::uint64_t records_ = 0;
};

}  // namespace onair::bench
