#include "sender.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "uring.h"

namespace onair::bench {

namespace {

constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;

std::atomic<unsigned long> g_completed, g_copied;

bool whole(ssize_t sent, std::size_t size)
{
    return sent == static_cast<ssize_t>(size);
}

// Each subscriber on its own, by the function given.
template <bool (*send_one)(int fd, const Frame& frame)>
class OneByOne : public Sender {
  public:
    void send_to(const std::vector<int>& fds, const FramePtr& frame,
                 const Leave& leave) override
    {
        for (int fd : fds) {
            if (!send_one(fd, *frame))
                leave(fd);
        }
    }
};

bool plain(int fd, const Frame& frame)
{
    return whole(send(fd, frame.bytes.data(), frame.bytes.size(), kFlags),
                 frame.bytes.size());
}

// The announcing part and the text where they lie, in one call.
bool gathered(int fd, const Frame& frame)
{
    char* at = const_cast<char*>(frame.bytes.data());
    iovec parts[2] = {{at, frame.head},
                      {at + frame.head, frame.bytes.size() - frame.head}};
    return whole(writev(fd, parts, 2), frame.bytes.size());
}

// The same as two calls, the first with `flags`.
bool in_two(int fd, const Frame& frame, int flags)
{
    const char* at = frame.bytes.data();
    std::size_t rest = frame.bytes.size() - frame.head;
    return whole(send(fd, at, frame.head, kFlags | flags), frame.head) &&
           whole(send(fd, at + frame.head, rest, kFlags), rest);
}

// The kernel holds the first until the second.
bool with_more(int fd, const Frame& frame)
{
    return in_two(fd, frame, MSG_MORE);
}

void cork(int fd, int on)
{
    setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

bool corked(int fd, const Frame& frame)
{
    cork(fd, 1);
    bool good = in_two(fd, frame, 0);
    cork(fd, 0);
    return good;
}

// The kernel takes the pages instead of their bytes, and tells in each
// connection's error queue when it no longer needs them.
class ZeroCopy : public Sender {
  public:
    void greet(int fd) override
    {
        int on = 1;
        if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) != 0) {
            std::perror("floor: SO_ZEROCOPY");
            std::exit(1);
        }
    }

    void send_to(const std::vector<int>& fds, const FramePtr& frame,
                 const Leave& leave) override
    {
        held_.push_back(frame);
        const std::string& bytes = frame->bytes;
        for (int fd : fds) {
            if (whole(send(fd, bytes.data(), bytes.size(),
                           kFlags | MSG_ZEROCOPY),
                      bytes.size()))
                under_way_++;
            else
                leave(fd);
        }
    }

    void on_errors(int fd) override
    {
        char room[128];
        msghdr message{};
        message.msg_control = room;
        message.msg_controllen = sizeof room;
        if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return;
        cmsghdr* head = CMSG_FIRSTHDR(&message);
        if (head == nullptr)
            return;
        sock_extended_err told;
        std::memcpy(&told, CMSG_DATA(head), sizeof told);
        if (told.ee_origin != SO_EE_ORIGIN_ZEROCOPY)
            return;
        // The numbers of the first and the last message that this is about.
        unsigned long count = told.ee_data - told.ee_info + 1;
        g_completed += count;
        if (told.ee_code & SO_EE_CODE_ZEROCOPY_COPIED)
            g_copied += count;
        under_way_ -= count;
        if (under_way_ == 0)
            held_.clear();
    }

  private:
    std::vector<FramePtr> held_;
    unsigned long under_way_ = 0;
};

}  // namespace

std::unique_ptr<Sender> make_sender(const std::string& how)
{
    if (how == "send")
        return std::make_unique<OneByOne<plain>>();
    if (how == "writev")
        return std::make_unique<OneByOne<gathered>>();
    if (how == "more")
        return std::make_unique<OneByOne<with_more>>();
    if (how == "cork")
        return std::make_unique<OneByOne<corked>>();
    if (how == "zerocopy")
        return std::make_unique<ZeroCopy>();
    if (how == "uring")
        return make_uring_sender();
    return nullptr;
}

Completions completions()
{
    return {g_completed, g_copied};
}

}  // namespace onair::bench
