// The floor of event streams over TLS 1.3: a bare epoll loop; each message
// becomes one piece of bytes a connection, and that one SSL_write(). A client
// that speaks HTTP/2 (ALPN) has all of its streams' frames in it, one behind
// the other. No queues, no windows: a client that does not take all is dropped.
// Messages come over a control socket as the other floor's do.
//
//   tls_floor PORT CONTROL-PORT KEY CERTIFICATE

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "floor.h"

namespace {

constexpr std::size_t kPreface = 24;
constexpr std::size_t kHead = 9;  // of a frame (RFC 9113 section 4.1)

struct Client {
    SSL* ssl = nullptr;
    bool ready = false;
    bool h2 = false;
    std::size_t skip = 0;  // bytes of the preface to come
    std::string in;
    std::vector<std::uint32_t> streams;
};

std::array<char, kHead> frame_head(std::size_t size, char kind, char flags,
                                   std::uint32_t stream)
{
    return {static_cast<char>(size >> 16),
            static_cast<char>(size >> 8),
            static_cast<char>(size),
            kind,
            flags,
            static_cast<char>(stream >> 24),
            static_cast<char>(stream >> 16),
            static_cast<char>(stream >> 8),
            static_cast<char>(stream)};
}

void put_frame(std::string& to, char kind, char flags, std::uint32_t stream,
               std::string_view payload)
{
    std::array<char, kHead> head =
        frame_head(payload.size(), kind, flags, stream);
    to.append(head.data(), head.size());
    to += payload;
}

int choose_h2(SSL*, const unsigned char** out, unsigned char* size,
              const unsigned char* in, unsigned length, void*)
{
    static const unsigned char kOurs[] = "\x02h2\x08http/1.1";
    unsigned char* chosen = nullptr;
    int found = SSL_select_next_proto(&chosen, size, kOurs, sizeof kOurs - 1,
                                      in, length);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                           : SSL_TLSEXT_ERR_NOACK;
}

class Loop {
  public:
    Loop(int port, int control, SSL_CTX* tls)
        : tls_(tls),
          listener_(onair::bench::listen_on(port)),
          control_(onair::bench::listen_on(control))
    {
        watch(listener_);
        watch(control_);
    }

    [[noreturn]] void run()
    {
        epoll_event events[512];
        for (;;) {
            int n = epoll_wait(epoll_, events, 512, -1);
            for (int i = 0; i < n; ++i)
                on_event(events[i].data.fd);
        }
    }

  private:
    void watch(int fd)
    {
        epoll_event event{EPOLLIN, {.fd = fd}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    void on_event(int fd)
    {
        if (fd == listener_) {
            take_new();
        } else if (fd == control_) {
            publisher_ = accept(control_, nullptr, nullptr);
            watch(publisher_);
        } else if (fd == publisher_) {
            take_message();
        } else if (clients_[static_cast<std::size_t>(fd)]) {
            read_from(fd);
        }
    }

    void take_new()
    {
        for (int few = 0; few < 64; ++few) {
            int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
            if (fd < 0)
                return;
            int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto at = static_cast<std::size_t>(fd);
            if (at >= clients_.size())
                clients_.resize(2 * at + 64);
            clients_[at] = std::make_unique<Client>();
            clients_[at]->ssl = SSL_new(tls_);
            SSL_set_fd(clients_[at]->ssl, fd);
            SSL_set_accept_state(clients_[at]->ssl);
            watch(fd);
        }
    }

    void leave(int fd)
    {
        auto at = static_cast<std::size_t>(fd);
        SSL_free(clients_[at]->ssl);
        clients_[at] = nullptr;
        close(fd);
    }

    static bool waits(SSL* ssl, int result)
    {
        int error = SSL_get_error(ssl, result);
        return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    }

    static bool write(const Client& client, std::string_view bytes)
    {
        int size = static_cast<int>(bytes.size());
        return size == 0 || SSL_write(client.ssl, bytes.data(), size) == size;
    }

    void read_from(int fd)
    {
        Client& client = *clients_[static_cast<std::size_t>(fd)];
        if (!client.ready) {
            int done = SSL_do_handshake(client.ssl);
            if (done != 1) {
                if (!waits(client.ssl, done))
                    leave(fd);
                return;
            }
            greet(client);
        }
        char room[4096];
        int n = 0;
        while ((n = SSL_read(client.ssl, room, sizeof room)) > 0)
            client.in.append(room, static_cast<std::size_t>(n));
        if (!waits(client.ssl, n) || !write(client, answer(client)))
            leave(fd);
    }

    static void greet(Client& client)
    {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(client.ssl, &name, &size);
        client.ready = true;
        client.h2 = size == 2;
        client.skip = client.h2 ? kPreface : 0;
    }

    // What came is taken; what it asks for.
    static std::string answer(Client& client)
    {
        if (!client.h2) {
            if (client.in.find("\r\n\r\n") == std::string::npos)
                return {};
            client.in.clear();
            client.streams.assign(1, 0);
            return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                   "Cache-Control: no-cache\r\n\r\n";
        }
        std::string out;
        if (client.skip > 0) {
            if (client.in.size() < client.skip)
                return {};
            client.in.erase(0, client.skip);
            client.skip = 0;
            put_frame(out, 4, 0, 0, {});  // SETTINGS
        }
        std::size_t at = 0;
        for (; client.in.size() - at >= kHead;) {
            auto byte = [&](std::size_t i) {
                return static_cast<unsigned char>(client.in[at + i]);
            };
            std::size_t size = static_cast<std::size_t>(byte(0)) << 16 |
                               static_cast<std::size_t>(byte(1)) << 8 | byte(2);
            if (client.in.size() - at < kHead + size)
                break;
            std::uint32_t stream = static_cast<std::uint32_t>(byte(5)) << 24 |
                                   static_cast<std::uint32_t>(byte(6)) << 16 |
                                   static_cast<std::uint32_t>(byte(7)) << 8 |
                                   byte(8);
            if (byte(3) == 1) {  // HEADERS
                client.streams.push_back(stream);
                // :status 200, content-type
                put_frame(out, 1, 4, stream,
                          "\x88\x0f\x10\x11text/event-stream");
            } else if (byte(3) == 4 && (byte(4) & 1) == 0) {
                put_frame(out, 4, 1, 0, {});
            }
            at += kHead + size;
        }
        client.in.erase(0, at);
        client.in.shrink_to_fit();
        return out;
    }

    void take_message()
    {
        std::string text;
        if (!onair::bench::take_message(publisher_, &text)) {
            close(publisher_);
            publisher_ = -1;
            return;
        }
        std::string event = "data: " + text + "\n\n";
        for (std::size_t fd = 0; fd < clients_.size(); ++fd) {
            if (clients_[fd] && !tell(*clients_[fd], event))
                leave(static_cast<int>(fd));
        }
    }

    bool tell(const Client& client, const std::string& event)
    {
        if (!client.h2)
            return client.streams.empty() || write(client, event);
        piece_.clear();
        for (std::uint32_t stream : client.streams)
            put_frame(piece_, 0, 0, stream, event);
        return write(client, piece_);
    }

    SSL_CTX* tls_;
    int epoll_ = epoll_create1(0);
    int listener_;
    int control_;
    int publisher_ = -1;
    std::string piece_;
    std::vector<std::unique_ptr<Client>> clients_;  // by descriptor
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 5) {
        std::fprintf(stderr,
                     "usage: tls_floor PORT CONTROL-PORT KEY CERTIFICATE\n");
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    SSL_CTX* tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(tls, choose_h2, nullptr);
    if (SSL_CTX_use_certificate_file(tls, argv[4], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls, argv[3], SSL_FILETYPE_PEM) != 1) {
        std::fprintf(stderr, "tls_floor: no certificate, or no key\n");
        return 1;
    }
    Loop(std::atoi(argv[1]), std::atoi(argv[2]), tls).run();
}
