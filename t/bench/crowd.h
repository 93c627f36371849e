// The clients of one thread. The thread has its own descriptor table
// (unshare(CLONE_FILES)), because a table holds at most RLIMIT_NOFILE entries;
// so descriptors of the crowd mean nothing to other threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "client.h"

namespace onair::bench {

// How far all crowds are; `wake` is an eventfd of the main thread.
struct Board {
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};

    std::atomic<std::uint64_t> settled{0};  // connects open or failed
    std::atomic<std::uint64_t> open{0};
    std::atomic<std::uint64_t> delivered{0};
    std::atomic<std::uint64_t> dropped{0};  // crowds that have dropped all
    std::atomic<std::uint64_t> ready{0};    // crowds that run
    // From where on the main thread is woken; it sleeps through the rest.
    std::atomic<std::uint64_t> target{kNever};         // delivered
    std::atomic<std::uint64_t> settle_target{kNever};  // settled
    int wake = -1;
};

class Crowd {
  public:
    // Clients number first, first + step, ... below the options' clients.
    Crowd(const Plan& plan, Board& board, std::size_t first, std::size_t step,
          std::size_t underway);
    ~Crowd();
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    void connect_all() { order(Order::kConnect); }
    void drop_all() { order(Order::kDrop); }
    // Ends the thread; only then is the tally the caller's.
    void finish();
    const Tally& tally() const { return tally_; }
    // A copy taken by the thread itself, for looking in between.
    Tally snapshot();

  private:
    enum class Order : int { kNone, kConnect, kDrop, kReport, kQuit };

    void order(Order order);
    void run();
    bool obey();
    bool is_due() const;
    void open_more();
    void on_event(std::size_t index, std::uint32_t events);
    void drop_every();
    void post();

    const Plan& plan_;
    Board& board_;
    std::size_t first_, step_, underway_;
    std::unique_ptr<Client[]> clients_;
    std::size_t size_ = 0;
    std::size_t next_ = 0;     // the first client not yet connecting
    std::size_t pending_ = 0;  // connects under way
    std::uint64_t posted_delivered_ = 0;
    Tally tally_, report_;
    std::atomic<Order> order_{Order::kNone};
    std::atomic<bool> reported_{false};
    int bell_ = -1;
    int epoll_ = -1;
    bool connecting_ = false;
    std::thread thread_;
};

}  // namespace onair::bench
