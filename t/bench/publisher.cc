#include "publisher.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace onair::bench {

namespace {

[[noreturn]] void fail(const std::string& what)
{
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

// The answer's body length, from its head; chunked bodies give npos.
std::size_t body_length(const std::string& head)
{
    const char* found = strcasestr(head.c_str(), "\r\ncontent-length:");
    if (found != nullptr)
        return std::strtoul(std::strchr(found, ':') + 1, nullptr, 10);
    if (strcasestr(head.c_str(), "\r\ntransfer-encoding: chunked") != nullptr)
        return std::string::npos;
    return 0;
}

}  // namespace

std::string text_of(std::uint32_t counter, std::size_t size)
{
    char marker[16];
    std::snprintf(marker, sizeof marker, "#%06u#", counter);
    std::string text = marker;
    for (std::size_t i = text.size(); i < size; ++i)
        text += static_cast<char>('a' + i % 26);
    return text;
}

int connect_to(const std::string& host, std::uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fail("socket");
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    if (inet_pton(AF_INET, host.c_str(), &to.sin_addr) != 1)
        throw std::runtime_error("not an IPv4 address: " + host);
    // SAFETY: the socket interface takes any address as a sockaddr.
    if (connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
        close(fd);
        fail("connect to " + host + ":" + std::to_string(port));
    }
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

Publisher::Publisher(const Options& options)
    : url_(read_url(options.publish)),
      check_(options.check),
      size_(options.size),
      post_(options.post),
      fd_(connect_to(url_.host, url_.port))
{
    timeval limit{static_cast<time_t>(options.timeout), 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

Publisher::~Publisher()
{
    close(fd_);
}

void Publisher::send_all(const std::string& bytes)
{
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        ssize_t n =
            send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0)
            fail("publish");
        sent += static_cast<std::size_t>(n);
    }
}

void Publisher::read_answer()
{
    std::string answer;
    std::size_t end = std::string::npos;
    char part[4096];
    for (;;) {
        if (end == std::string::npos)
            end = answer.find("\r\n\r\n");
        if (end != std::string::npos) {
            std::size_t length = body_length(answer.substr(0, end + 2));
            if (length == std::string::npos
                    ? answer.find("0\r\n\r\n", end + 4) != std::string::npos
                    : answer.size() >= end + 4 + length)
                break;
        }
        ssize_t n = recv(fd_, part, sizeof part, 0);
        if (n <= 0)
            fail("publish: no answer");
        answer.append(part, static_cast<std::size_t>(n));
    }
    if (answer.compare(0, 10, "HTTP/1.1 2") != 0)
        throw std::runtime_error("publish: " +
                                 answer.substr(0, answer.find('\r')));
}

void Publisher::publish(std::uint32_t counter)
{
    std::string text = text_of(counter, size_);
    if (url_.scheme == "tcp") {
        std::uint32_t length = htonl(static_cast<std::uint32_t>(text.size()));
        char head[4];
        std::memcpy(head, &length, 4);
        send_all(std::string(head, 4) + text);
        return;
    }
    const char* type = "text/plain";
    std::size_t hole = post_.find("{}");
    if (hole != std::string::npos) {
        text = std::string(post_).replace(hole, 2, text);
        type = "application/json";
    } else if (check_ == Check::kSnapshot) {
        text = "{\"title\":\"" + text + "\"}";
        type = "application/json";
    }
    send_all("POST " + url_.path + " HTTP/1.1\r\nHost: " + url_.host +
             "\r\nContent-Type: " + type + "\r\nContent-Length: " +
             std::to_string(text.size()) + "\r\n\r\n" + text);
    read_answer();
}

}  // namespace onair::bench
