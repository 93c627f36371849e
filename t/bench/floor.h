// What the floors have in common: a listening socket, and how messages come in,
// a length (4 bytes, network order) and the text.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace onair::bench {

// On loopback, not blocking; ends the program where that cannot be.
inline int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // SAFETY: the socket interface takes any address as a sockaddr.
    if (bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
        listen(fd, 4096) != 0) {
        std::perror("floor: listen");
        std::exit(1);
    }
    return fd;
}

// The next message; false: the publisher is gone.
inline bool take_message(int fd, std::string* text)
{
    std::uint32_t length = 0;
    if (recv(fd, &length, sizeof length, MSG_WAITALL) != sizeof length)
        return false;
    text->resize(ntohl(length));
    return recv(fd, text->data(), text->size(), MSG_WAITALL) ==
           static_cast<ssize_t>(text->size());
}

}  // namespace onair::bench
