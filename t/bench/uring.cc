#include "uring.h"

#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace onair::bench {

namespace {

constexpr unsigned kBatch = 256;  // sends a system call

class Uring : public Sender {
  public:
    Uring()
    {
        int rc = io_uring_queue_init(kBatch, &ring_, 0);
        if (rc != 0) {
            std::fprintf(stderr, "floor: io_uring_setup: %s\n",
                         std::strerror(-rc));
            std::exit(1);
        }
    }
    ~Uring() override { io_uring_queue_exit(&ring_); }

    void send_to(const std::vector<int>& fds, const FramePtr& frame,
                 const Leave& leave) override
    {
        for (std::size_t at = 0; at < fds.size(); at += kBatch) {
            unsigned count = static_cast<unsigned>(
                std::min<std::size_t>(kBatch, fds.size() - at));
            for (unsigned i = 0; i < count; ++i)
                ask(fds[at + i], *frame);
            if (io_uring_submit_and_wait(&ring_, count) < 0)
                std::abort();
            collect(count, frame->bytes.size(), leave);
        }
    }

  private:
    void ask(int fd, const Frame& frame)
    {
        io_uring_sqe* entry = io_uring_get_sqe(&ring_);
        io_uring_prep_send(entry, fd, frame.bytes.data(), frame.bytes.size(),
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        io_uring_sqe_set_data64(entry, static_cast<unsigned>(fd));
    }

    void collect(unsigned count, std::size_t size, const Leave& leave)
    {
        io_uring_cqe* entry = nullptr;
        while (count > 0 && io_uring_wait_cqe(&ring_, &entry) == 0) {
            if (entry->res != static_cast<int>(size))
                leave(static_cast<int>(io_uring_cqe_get_data64(entry)));
            io_uring_cqe_seen(&ring_, entry);
            count--;
        }
    }

    io_uring ring_{};
};

}  // namespace

std::unique_ptr<Sender> make_uring_sender()
{
    return std::make_unique<Uring>();
}

}  // namespace onair::bench
