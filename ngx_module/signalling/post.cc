#include "ngx_module/signalling/post.h"

#include <sys/socket.h>

#include "ngx_module/base/descriptor.h"
#include "ngx_module/base/per_worker.h"
#include "ngx_module/base/timer.h"
#include "ngx_module/zone/notifier.h"
#include "ngx_module/zone/worker.h"

namespace onair::ngx {

using signalling::Mail;

namespace {

constexpr size_t kParcel = size_t{16} * 1024;
// The largest that is ever sent: one message and what stands around it.
constexpr size_t kLargest = size_t{160} * 1024;
constexpr size_t kMostWaiting = size_t{16} * 1024 * 1024;
constexpr ngx_msec_t kAgainMs = 5;

struct Pair {
    Descriptor in;   // of its worker
    Descriptor out;  // of all others
};

Pair g_pairs[kPosts];
bool g_made;

struct Parcel {
    Parcel* next;
    size_t size;
    size_t room;

    uint8_t* bytes()
    {
        // SAFETY: allocated with `room` bytes behind it.
        return reinterpret_cast<uint8_t*>(this + 1);
    }
};

class Outbox {
  public:
    void add(size_t place, const Mail& mail)
    {
        Queue& queue = queues_[place];
        size_t size = signalling::packed_size(mail);
        if (size > kLargest || queue.bytes + size > kMostWaiting) {
            lose(queue);
            return;
        }
        Parcel* last = queue.last;
        if (last == nullptr || last->room - last->size < size) {
            last = append(queue, ngx_max(kParcel, size));
        }
        if (last == nullptr) {
            lose(queue);
            return;
        }
        signalling::pack(mail, {last->bytes() + last->size, size});
        last->size += size;
        queue.bytes += size;
        soon_.post();
    }

    void flush()
    {
        bool left = false;
        for (size_t place = 0; place < kPosts; place++) {
            left = !send(place) || left;
        }
        if (left && !again_.started()) {
            again_.start(kAgainMs, true);
        }
    }

  private:
    struct Queue {
        Parcel* first = nullptr;
        Parcel* last = nullptr;
        size_t bytes = 0;
        bool lost = false;
    };

    static void on_flush(void* self) noexcept
    {
        static_cast<Outbox*>(self)->flush();
    }

    static void lose(Queue& queue)
    {
        if (!queue.lost) {
            queue.lost = true;
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "onair: a worker does not take what is for its "
                          "signalling connections");
        }
    }

    static Parcel* append(Queue& queue, size_t room)
    {
        auto* parcel = static_cast<Parcel*>(
            ngx_alloc(sizeof(Parcel) + room, ngx_cycle->log));
        if (parcel == nullptr) {
            return nullptr;
        }
        *parcel = {nullptr, 0, room};
        (queue.last != nullptr ? queue.last->next : queue.first) = parcel;
        queue.last = parcel;
        return parcel;
    }

    static void take_first(Queue& queue)
    {
        Parcel* first = queue.first;
        queue.first = first->next;
        queue.last = queue.first != nullptr ? queue.last : nullptr;
        queue.bytes -= first->size;
        ngx_free(first);
    }

    // False: some is left, as the other worker has enough to read.
    bool send(size_t place)
    {
        Queue& queue = queues_[place];
        bool sent = false;
        while (queue.first != nullptr) {
            Parcel* parcel = queue.first;
            ssize_t n = is_worker(place)
                            ? ::send(g_pairs[place].out.get(), parcel->bytes(),
                                     parcel->size, MSG_NOSIGNAL)
                            : 0;
            if (n == -1 && (ngx_errno == NGX_EAGAIN || ngx_errno == NGX_EINTR ||
                            ngx_errno == ENOBUFS)) {
                break;
            }
            sent = sent || n > 0;
            queue.lost = false;
            take_first(queue);
        }
        if (sent) {
            wake_worker(place);
        }
        return queue.first == nullptr;
    }

    Queue queues_[kPosts];
    LoopEvent soon_{on_flush, this};
    LoopEvent again_{on_flush, this};
};

PerWorker<Outbox> g_outbox;

bool open_pair(Pair& pair)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   ends) == -1) {
        return false;
    }
    return pair.in.take(ends[0]) && pair.out.take(ends[1]);
}

}  // namespace

ngx_int_t make_posts(ngx_log_t* log)
{
    if (g_made) {
        return NGX_OK;
    }
    for (Pair& pair : g_pairs) {
        if (!open_pair(pair)) {
            ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                          "onair: socketpair() failed");
            return NGX_ERROR;
        }
    }
    g_made = true;
    return NGX_OK;
}

void start_posts()
{
    g_outbox.start();
}

void stop_posts()
{
    if (g_outbox) {
        g_outbox->flush();
    }
    g_outbox.stop();
}

void post(size_t place, const Mail& mail)
{
    if (g_outbox && g_made && place < kPosts) {
        g_outbox->add(place, mail);
    }
}

void read_posts(void (*hear)(const Mail& mail))
{
    static uint8_t* room;
    size_t own = worker_index();
    if (!g_made || own >= kPosts) {
        return;
    }
    if (room == nullptr) {
        room = static_cast<uint8_t*>(ngx_alloc(kLargest, ngx_cycle->log));
    }
    while (room != nullptr) {
        ssize_t n = recv(g_pairs[own].in.get(), room, kLargest, 0);
        if (n <= 0) {
            return;
        }
        ConstBytes parcel{room, static_cast<size_t>(n)};
        for (;;) {
            Result<Mail> mail = signalling::next_mail(&parcel);
            if (!mail.ok()) {
                break;
            }
            hear(*mail);
        }
    }
}

}  // namespace onair::ngx
