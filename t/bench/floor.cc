// The floor: what a push server costs at the least on this machine. A bare
// epoll loop; each message becomes one ready frame (or event), and each
// subscriber gets one send() of it and nothing else. No queues: a subscriber
// whose socket does not take all is dropped. Messages come over a control
// socket as a length (4 bytes, network order) and the text.
//
//   floor [--how HOW] PORT CONTROL-PORT ws|sse THREADS
//
// HOW is another way to send than send(): see sender.h.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "floor.h"
#include "sender.h"

namespace {

using onair::bench::Frame;
using onair::bench::FramePtr;
using onair::bench::listen_on;
using onair::bench::Sender;

bool event_stream = false;
std::string how = "send";

std::string accept_value(std::string key)
{
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(key.data(), key.size(), digest, &size, EVP_sha1(), nullptr);
    unsigned char text[64];
    int length = EVP_EncodeBlock(text, digest, static_cast<int>(size));
    // SAFETY: base64 is plain text.
    return {reinterpret_cast<char*>(text), static_cast<size_t>(length)};
}

std::string answer(const char* request)
{
    if (event_stream)
        return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
               "Cache-Control: no-cache\r\n\r\n";
    const char* key = strcasestr(request, "\r\nsec-websocket-key: ");
    if (key == nullptr)
        return "HTTP/1.1 400 Bad Request\r\n\r\n";
    key += 21;
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
           accept_value({key, strcspn(key, "\r")}) + "\r\n\r\n";
}

FramePtr make_frame(const std::string& text)
{
    if (event_stream)
        return std::make_shared<const Frame>("data: ", text + "\n\n");
    std::string head = "\x81";
    if (text.size() < 126) {
        head += static_cast<char>(text.size());
    } else {
        head += '\x7e';
        head += static_cast<char>(text.size() >> 8);
        head += static_cast<char>(text.size() & 255);
    }
    return std::make_shared<const Frame>(head, text);
}

class Worker {
  public:
    explicit Worker(int port, bool own_table)
        : port_(port), own_table_(own_table), bell_(eventfd(0, EFD_NONBLOCK))
    {
        std::thread(&Worker::run, this).detach();
    }

    void post(const FramePtr& frame)
    {
        {
            std::lock_guard guard(lock_);
            frames_.push_back(frame);
        }
        uint64_t one = 1;
        if (write(bell_, &one, sizeof one) != sizeof one)
            std::abort();
    }

  private:
    void watch(int fd, uint32_t events)
    {
        epoll_event event{events, {.fd = fd}};
        epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }

    void run()
    {
        if (own_table_ && unshare(CLONE_FILES) != 0)
            std::perror("unshare");
        sender_ = onair::bench::make_sender(how);
        epoll_ = epoll_create1(0);
        listener_ = listen_on(port_);
        watch(listener_, EPOLLIN);
        watch(bell_, EPOLLIN);
        epoll_event events[512];
        for (;;) {
            int n = epoll_wait(epoll_, events, 512, -1);
            for (int i = 0; i < n; ++i)
                on_event(events[i].data.fd, events[i].events);
        }
    }

    void on_event(int fd, uint32_t what)
    {
        if (fd == listener_)
            return take_new();
        if (fd == bell_)
            return send_frames();
        if (what & EPOLLERR)
            sender_->on_errors(fd);
        if (!(what & (EPOLLIN | EPOLLHUP)))
            return;
        char request[4096];
        ssize_t n = recv(fd, request, sizeof request - 1, 0);
        if (n > 0 && !subscribed_[static_cast<size_t>(fd)]) {
            request[n] = 0;
            std::string text = answer(request);
            send(fd, text.data(), text.size(), MSG_NOSIGNAL);
            subscribed_[static_cast<size_t>(fd)] = changed_ = true;
        } else if (n <= 0) {
            leave(fd);
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
            sender_->greet(fd);
            if (static_cast<size_t>(fd) >= subscribed_.size())
                subscribed_.resize(static_cast<size_t>(fd) * 2 + 64);
            subscribed_[static_cast<size_t>(fd)] = false;
            watch(fd, EPOLLIN);
        }
    }

    void leave(int fd)
    {
        subscribed_[static_cast<size_t>(fd)] = false;
        changed_ = true;
        close(fd);
    }

    void send_frames()
    {
        uint64_t rings = 0;
        if (read(bell_, &rings, sizeof rings) != sizeof rings)
            return;
        std::deque<FramePtr> frames;
        {
            std::lock_guard guard(lock_);
            frames.swap(frames_);
        }
        for (const FramePtr& frame : frames) {
            if (changed_)
                list_wanted();
            sender_->send_to(wanted_, frame, [this](int fd) { leave(fd); });
        }
    }

    void list_wanted()
    {
        changed_ = false;
        wanted_.clear();
        for (size_t fd = 0; fd < subscribed_.size(); ++fd) {
            if (subscribed_[fd])
                wanted_.push_back(static_cast<int>(fd));
        }
    }

    int port_;
    bool own_table_;
    int bell_;
    int epoll_ = -1;
    int listener_ = -1;
    std::unique_ptr<Sender> sender_;
    std::vector<char> subscribed_;  // by descriptor
    std::vector<int> wanted_;       // the same as a list
    bool changed_ = false;          // since the list was made
    std::mutex lock_;
    std::deque<FramePtr> frames_;
};

// The main thread: takes messages from one publisher at a time.
[[noreturn]] void obey(int control, std::vector<std::unique_ptr<Worker>>& all)
{
    for (;;) {
        int fd = accept(control, nullptr, nullptr);
        std::string text;
        while (fd >= 0 && onair::bench::take_message(fd, &text)) {
            FramePtr frame = make_frame(text);
            for (auto& worker : all)
                worker->post(frame);
        }
        if (fd >= 0)
            close(fd);
        if (how == "zerocopy") {
            onair::bench::Completions done = onair::bench::completions();
            std::printf("zerocopy: %lu messages, %lu copied\n", done.all,
                        done.copied);
            std::fflush(stdout);
        }
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc == 7 && std::strcmp(argv[1], "--how") == 0) {
        how = argv[2];
        argv += 2;
        argc -= 2;
    }
    if (argc != 5 || onair::bench::make_sender(how) == nullptr) {
        std::fprintf(stderr,
                     "usage: floor [--how send|writev|more|cork|zerocopy|"
                     "uring] PORT CONTROL-PORT ws|sse THREADS\n");
        return 2;
    }
    event_stream = std::strcmp(argv[3], "sse") == 0;
    accept_value("");  // what the digest library keeps is no connection's
    int threads = std::atoi(argv[4]);
    int control = listen_on(std::atoi(argv[2]));
    fcntl(control, F_SETFL, 0);
    std::vector<std::unique_ptr<Worker>> workers;
    for (int i = 0; i < threads; ++i)
        workers.push_back(
            std::make_unique<Worker>(std::atoi(argv[1]), threads > 1));
    obey(control, workers);
}
