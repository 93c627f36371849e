// How one message leaves for many subscribers: send(), and what else the
// kernel offers for it. One sender a worker of the floor.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace onair::bench {

// A message as it goes over the wire: what announces it, and its text. Whoever
// sends with one call sends `bytes`; whoever gathers sends it in two pieces.
struct Frame {
    Frame(const std::string& announcing, const std::string& text)
        : bytes(announcing + text), head(announcing.size())
    {}

    std::string bytes;
    std::size_t head;  // bytes of the announcing part
};
using FramePtr = std::shared_ptr<const Frame>;

class Sender {
  public:
    // Called for a subscriber that did not take all.
    using Leave = std::function<void(int fd)>;

    virtual ~Sender() = default;
    // A new connection, before its first message.
    virtual void greet(int fd) { (void)fd; }
    virtual void send_to(const std::vector<int>& fds, const FramePtr& frame,
                         const Leave& leave) = 0;
    // Something is in the connection's error queue.
    virtual void on_errors(int fd) { (void)fd; }
};

// send, writev, more, cork, zerocopy or uring; null for another word. Ends the
// program, with the kernel's reason, where the kernel refuses io_uring.
std::unique_ptr<Sender> make_sender(const std::string& how);

// What MSG_ZEROCOPY came to, over all senders: messages whose end the kernel
// has told, and how many of them it had copied all the same.
struct Completions {
    unsigned long all = 0, copied = 0;
};
Completions completions();

}  // namespace onair::bench
