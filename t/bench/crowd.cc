#include "crowd.h"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace onair::bench {

namespace {

constexpr std::uint64_t kBell = static_cast<std::uint64_t>(-1);

void ring(int eventfd)
{
    std::uint64_t one = 1;
    if (write(eventfd, &one, sizeof one) != sizeof one)
        std::abort();
}

}  // namespace

Crowd::Crowd(const Plan& plan, Board& board, std::size_t first,
             std::size_t step, std::size_t underway)
    : plan_(plan),
      board_(board),
      first_(first),
      step_(step),
      underway_(underway)
{
    std::size_t all = plan.options->clients;
    size_ = first < all ? (all - first + step - 1) / step : 0;
    clients_ = std::make_unique<Client[]>(size_);
    tally_.latency_us.reserve(size_ * plan.options->streams *
                              plan.options->messages);
    tally_.handshake_us.reserve(size_ * plan.options->cycles);
    bell_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    thread_ = std::thread(&Crowd::run, this);
}

Crowd::~Crowd()
{
    finish();
    close(bell_);
}

void Crowd::finish()
{
    if (!thread_.joinable())
        return;
    order(Order::kQuit);
    thread_.join();
}

void Crowd::order(Order order)
{
    order_.store(order);
    ring(bell_);
}

Tally Crowd::snapshot()
{
    reported_.store(false);
    order(Order::kReport);
    reported_.wait(false);
    return report_;
}

void Crowd::run()
{
    if (unshare(CLONE_FILES) != 0)
        std::perror("unshare");
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    epoll_event bell{EPOLLIN, {.u64 = kBell}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &bell);
    ++board_.ready;
    ring(board_.wake);
    epoll_event events[512];
    for (bool on = true; on;) {
        int n = epoll_wait(epoll_, events, 512, is_due() ? 0 : -1);
        for (int i = 0; i < n; ++i) {
            if (events[i].data.u64 == kBell)
                on = obey();
            else
                on_event(events[i].data.u64, events[i].events);
        }
        if (connecting_)
            open_more();
        post();
    }
    drop_every();
    close(epoll_);
}

// A message is under way: no server shall pay for waking us, whose core is
// ours.
bool Crowd::is_due() const
{
    return step_ == 1 && board_.target.load() != Board::kNever &&
           board_.delivered.load() < board_.target.load();
}

bool Crowd::obey()
{
    std::uint64_t rings = 0;
    if (read(bell_, &rings, sizeof rings) != sizeof rings)
        return true;
    switch (order_.exchange(Order::kNone)) {
        case Order::kConnect:
            next_ = 0;
            connecting_ = true;
            break;
        case Order::kDrop:
            drop_every();
            ++board_.dropped;
            ring(board_.wake);
            break;
        case Order::kReport:
            report_ = tally_;
            reported_.store(true);
            reported_.notify_one();
            break;
        case Order::kQuit:
            return false;
        case Order::kNone:
            break;
    }
    return true;
}

void Crowd::open_more()
{
    // A few at a time, so that answers are read in between.
    for (int few = 0; few < 64 && next_ < size_ && pending_ < underway_;
         ++few) {
        Client& client = clients_[next_];
        client.start(plan_, tally_, first_ + next_ * step_);
        if (client.stage() == Client::Stage::kIdle) {
            ++board_.settled;
        } else {
            epoll_event event{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                              {.u64 = next_}};
            epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd(), &event);
            ++pending_;
        }
        ++next_;
    }
    if (next_ == size_)
        connecting_ = false;
    else if (pending_ == 0)
        ring(bell_);
}

void Crowd::on_event(std::size_t index, std::uint32_t events)
{
    Client& client = clients_[index];
    Client::Stage before = client.stage();
    if (before == Client::Stage::kIdle)
        return;
    client.on_ready(events);
    if (before != Client::Stage::kOpen &&
        (client.stage() == Client::Stage::kOpen ||
         client.stage() == Client::Stage::kIdle)) {
        --pending_;
        ++board_.settled;
        if (client.stage() == Client::Stage::kOpen)
            board_.open += plan_.options->streams;
    }
}

void Crowd::drop_every()
{
    for (std::size_t i = 0; i < size_; ++i)
        clients_[i].drop();
    tally_.open = 0;
    pending_ = 0;
    connecting_ = false;
}

void Crowd::post()
{
    std::uint64_t more = tally_.delivered - posted_delivered_;
    posted_delivered_ = tally_.delivered;
    std::uint64_t all = board_.delivered.fetch_add(more) + more;
    if ((more > 0 && all >= board_.target.load()) ||
        board_.settled.load() >= board_.settle_target.load())
        ring(board_.wake);
}

}  // namespace onair::bench
