#include "stream.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace onair::bench {

namespace {

constexpr std::size_t kSources = 64;

bool bind_source(int fd, std::size_t source)
{
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr =
        htonl(0x7f000100u + static_cast<std::uint32_t>(source % kSources) + 1);
    // SAFETY: the socket interface takes any address as a sockaddr.
    return bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof from) == 0;
}

Io verdict(SSL* ssl, int result)
{
    int error = SSL_get_error(ssl, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE
               ? Io::kAgain
               : Io::kClosed;
}

void count_record(int written, int, int type, const void*, std::size_t, SSL*,
                  void* records)
{
    if (written == 0 && type == SSL3_RT_HEADER)
        ++*static_cast<std::uint64_t*>(records);
}

}  // namespace

bool Stream::open(const Options& options, std::size_t source, SSL_CTX* tls)
{
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0)
        return false;
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(options.port);
    inet_pton(AF_INET, options.host.c_str(), &to.sin_addr);
    // SAFETY: the socket interface takes any address as a sockaddr.
    if (!bind_source(fd_, source) ||
        (connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0 &&
         errno != EINPROGRESS)) {
        drop();
        return false;
    }
    if (tls != nullptr) {
        ssl_ = SSL_new(tls);
        SSL_set_fd(ssl_, fd_);
        SSL_set_connect_state(ssl_);
        records_ = 0;
        SSL_set_msg_callback(ssl_, count_record);
        SSL_set_msg_callback_arg(ssl_, &records_);
    }
    return true;
}

Io Stream::ready()
{
    if (ssl_ == nullptr)
        return Io::kDone;
    int result = SSL_do_handshake(ssl_);
    return result == 1 ? Io::kDone : verdict(ssl_, result);
}

bool Stream::write(std::string_view bytes)
{
    if (ssl_ != nullptr)
        return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) ==
               static_cast<int>(bytes.size());
    return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
}

Io Stream::read(char* room, std::size_t size, std::size_t* got)
{
    if (ssl_ != nullptr) {
        int n = SSL_read(ssl_, room, static_cast<int>(size));
        if (n <= 0)
            return verdict(ssl_, n);
        *got = static_cast<std::size_t>(n);
        return Io::kDone;
    }
    ssize_t n = recv(fd_, room, size, 0);
    if (n > 0) {
        *got = static_cast<std::size_t>(n);
        return Io::kDone;
    }
    return n < 0 && (errno == EAGAIN || errno == EINTR) ? Io::kAgain
                                                        : Io::kClosed;
}

void Stream::drop()
{
    if (ssl_ != nullptr)
        SSL_free(ssl_);
    ssl_ = nullptr;
    if (fd_ >= 0)
        close(fd_);
    fd_ = -1;
}

}  // namespace onair::bench
