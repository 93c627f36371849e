// The load generator: connects subscribers, publishes messages, checks that
// each subscriber gets each message once and in order, and says what it cost.
//
// One run: memory at rest; connect all; memory idle; messages; memory after
// them; drop all; memory at the end. With --cycles the connecting and the
// dropping are repeated and the messages come after the last connecting.

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "crowd.h"
#include "proc.h"
#include "publisher.h"
#include "report.h"

namespace onair::bench {

namespace {

class Run {
  public:
    explicit Run(const Options& options);
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    void everything();
    bool clean() const { return clean_; }

  private:
    void begin_crowds();
    void connect();
    void messages();
    void publish_one(Publisher& publisher, std::uint32_t message);
    void stay();
    void report();
    void drop();
    void hold();
    Json verdicts(const Tally& sum) const;
    Tally sum();
    template <typename Done>
    bool wait_for(Done done);

    const Options& options_;
    Plan plan_;
    Board board_;
    std::vector<std::unique_ptr<Crowd>> crowds_;
    Json json_;
    std::uint64_t memory_before_ = 0;
    std::uint64_t sent_ = 0;
    double generator_cpu_us_ = 0;
    std::vector<double> connect_s_, connect_cpu_us_, drop_cpu_us_, left_bytes_;
    bool clean_ = true;
};

// Waits for a condition of the board as long as something moves.
template <typename Done>
bool Run::wait_for(Done done)
{
    auto moved = [this] {
        return board_.settled.load() + board_.delivered.load() +
               board_.dropped.load();
    };
    std::uint64_t last = moved();
    std::uint64_t since = now_ns();
    while (!done()) {
        pollfd wake{board_.wake, POLLIN, 0};
        poll(&wake, 1, 100);
        std::uint64_t rings = 0;
        ssize_t got = read(board_.wake, &rings, sizeof rings);
        (void)got;  // an empty bell is no fault
        if (moved() != last) {
            last = moved();
            since = now_ns();
        } else if (static_cast<double>(now_ns() - since) / 1e9 >
                   options_.timeout) {
            return false;
        }
    }
    return true;
}

Run::Run(const Options& options) : options_(options)
{
    plan_.options = &options;
    plan_.pattern = text_of(0, options.size).substr(8);
    plan_.sent_ns.resize(options.messages);
    board_.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (options.tls) {
        plan_.tls = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_verify(plan_.tls, SSL_VERIFY_NONE, nullptr);
        SSL_CTX_set_mode(plan_.tls, SSL_MODE_RELEASE_BUFFERS);
        static constexpr unsigned char kH2[] = {2, 'h', '2'};
        if (options.transport == Transport::kHttp2Events)
            SSL_CTX_set_alpn_protos(plan_.tls, kH2, sizeof kH2);
    }
}

Run::~Run()
{
    crowds_.clear();
    if (plan_.tls != nullptr)
        SSL_CTX_free(plan_.tls);
    close(board_.wake);
}

void Run::begin_crowds()
{
    std::size_t threads = options_.threads;
    std::size_t underway =
        std::max<std::size_t>(options_.underway / threads, 1);
    for (std::size_t i = 0; i < threads; ++i)
        crowds_.push_back(
            std::make_unique<Crowd>(plan_, board_, i, threads, underway));
    // Each must have its own table before this thread opens anything more.
    wait_for([&] { return board_.ready.load() == threads; });
}

void Run::connect()
{
    board_.settled = 0;
    board_.open = 0;
    board_.settle_target = options_.clients;
    Usage before = usage(options_.pids);
    for (auto& crowd : crowds_)
        crowd->connect_all();
    if (!wait_for([&] { return board_.settled.load() >= options_.clients; }))
        clean_ = false;
    board_.settle_target = Board::kNever;
    connect_s_.push_back(static_cast<double>(now_ns() - before.wall_ns) / 1e9);
    if (board_.open.load() != options_.clients * options_.streams)
        clean_ = false;
    wait_until_quiet(options_.pids);
    connect_cpu_us_.push_back((usage(options_.pids) - before).cpu_us());
}

void Run::publish_one(Publisher& publisher, std::uint32_t message)
{
    std::uint64_t open = board_.open.load();
    std::uint64_t due = open * (message + 1);
    plan_.sent_ns[message] = now_ns();
    board_.target = options_.rate > 0 ? open * options_.messages : due;
    publisher.publish(options_.first + message);
    ++sent_;
    if (options_.rate > 0)
        return;
    if (!wait_for([&] { return board_.delivered.load() >= due; }))
        throw std::runtime_error("message " + std::to_string(message + 1) +
                                 " did not reach all");
}

void Run::messages()
{
    Publisher publisher(options_);
    Usage before = usage(options_.pids);
    Usage self = usage({getpid()});
    std::uint64_t start = now_ns();
    try {
        for (std::uint32_t i = 0; i < options_.messages; ++i) {
            if (options_.rate > 0) {
                auto at =
                    start + static_cast<std::uint64_t>(1e9 * i / options_.rate);
                std::uint64_t now = now_ns();
                if (at > now)
                    usleep(static_cast<useconds_t>((at - now) / 1000));
            }
            publish_one(publisher, i);
        }
        std::uint64_t all = board_.open.load() * options_.messages;
        board_.target = all;
        clean_ &= wait_for([&] { return board_.delivered.load() >= all; });
    } catch (const std::runtime_error& error) {
        json_.put("error", error.what());
        clean_ = false;
    }
    double seconds = static_cast<double>(now_ns() - start) / 1e9;
    generator_cpu_us_ = (usage({getpid()}) - self).cpu_us();
    wait_until_quiet(options_.pids);
    Usage used = usage(options_.pids) - before;
    double ours = used.cpu_us() + (usage({getpid()}) - self).cpu_us();
    double others = std::max(0.0, used.busy_us() - ours);
    double n = std::max(1.0, static_cast<double>(board_.delivered.load()));
    json_.put("delivered_per_s", n / seconds)
        .put("cpu_us_per_delivery", used.cpu_us() / n)
        .put("user_us_per_delivery", used.user_us() / n)
        .put("generator_us_per_delivery", generator_cpu_us_ / n)
        .put("steal_percent", used.steal_percent())
        .put("others_percent",
             100e3 * others / static_cast<double>(used.wall_ns));
}

void Run::drop()
{
    Usage before = usage(options_.pids);
    for (auto& crowd : crowds_)
        crowd->drop_all();
    wait_for([&] { return board_.dropped.load() == crowds_.size(); });
    wait_until_quiet(options_.pids);
    board_.dropped = 0;
    drop_cpu_us_.push_back((usage(options_.pids) - before).cpu_us());
    left_bytes_.push_back(static_cast<double>(memory(options_.pids)) -
                          static_cast<double>(memory_before_));
}

Tally Run::sum()
{
    Tally all;
    for (auto& crowd : crowds_)
        all.add(crowd->snapshot());
    return all;
}

// Lets a script look while the clients stay: one line in, one line out.
void Run::hold()
{
    std::cout << "{\"open\":" << board_.open.load() << "}" << std::endl;
    std::string line;
    while (std::getline(std::cin, line) && line != "quit") {
        Tally all = sum();
        std::cout
            << verdicts(all).put("bytes", static_cast<double>(all.bytes)).text()
            << std::endl;
    }
}

Json Run::verdicts(const Tally& t) const
{
    Json json;
    auto put = [&](const char* name, std::uint64_t value) {
        json.put(name, static_cast<double>(value));
    };
    put("open", t.open);
    put("failed", t.failed);
    put("gone", t.gone);
    put("delivered", t.delivered);
    put("lost", t.lost);
    put("doubled", t.doubled);
    put("reordered", t.reordered);
    put("malformed", t.malformed);
    put("initial", t.initial);
    put("extra", t.extra);
    put("pings", t.pings);
    return json;
}

// What happens between the last connecting and the last dropping.
void Run::stay()
{
    auto grown = [&] {
        return (static_cast<double>(memory(options_.pids)) -
                static_cast<double>(memory_before_)) /
               static_cast<double>(options_.clients);
    };
    json_.put("idle_bytes", grown());
    Tally before = sum();
    if (options_.hold) {
        hold();
    } else if (options_.messages > 0) {
        messages();
        json_.put("busy_bytes", grown());
    }
    Tally all = sum();
    json_.put("verdicts", verdicts(all))
        .put("bytes_per_delivery",
             static_cast<double>(all.bytes - before.bytes) /
                 std::max(1.0, static_cast<double>(all.delivered)))
        .put("records_per_change",
             static_cast<double>(all.records - before.records) /
                 std::max(1.0, static_cast<double>(options_.clients) *
                                   static_cast<double>(sent_)));
    clean_ &= all.failed + all.gone + all.lost + all.doubled + all.reordered +
                  all.malformed ==
              0;
}

void Run::report()
{
    Tally all;
    for (auto& crowd : crowds_)
        all.add(crowd->tally());
    std::vector<std::uint32_t> fanout_us;
    for (std::uint32_t i = 0; i < sent_ && i < all.last_ns.size(); ++i)
        if (all.last_ns[i] != 0)
            fanout_us.push_back(static_cast<std::uint32_t>(
                (all.last_ns[i] - plan_.sent_ns[i]) / 1000));
    json_.put("clients", static_cast<double>(options_.clients))
        .put("connect_s", connect_s_)
        .put("connect_cpu_us", connect_cpu_us_)
        .put("drop_cpu_us", drop_cpu_us_)
        .put("memory_before", static_cast<double>(memory_before_))
        .put("left_bytes", left_bytes_)
        .put("handshake_us", spread(all.handshake_us))
        .put("latency_us", spread(all.latency_us))
        .put("fanout_us", spread(fanout_us))
        .put("clean", clean_ ? 1 : 0);
    if (options_.out.empty())
        std::cout << json_.text() << std::endl;
    else
        std::ofstream(options_.out) << json_.text() << "\n";
}

void Run::everything()
{
    begin_crowds();
    wait_until_quiet(options_.pids);
    memory_before_ = memory(options_.pids);
    for (std::size_t cycle = 1; cycle <= options_.cycles; ++cycle) {
        connect();
        if (cycle == options_.cycles)
            stay();
        drop();
    }
    for (auto& crowd : crowds_)
        crowd->finish();
    report();
}

}  // namespace

}  // namespace onair::bench

int main(int argc, char** argv)
{
    using namespace onair::bench;
    signal(SIGPIPE, SIG_IGN);
    try {
        Options options = read_options(argc, argv);
        Run run(options);
        run.everything();
        return run.clean() ? 0 : 1;
    } catch (const std::invalid_argument& error) {
        std::cerr << "load: " << error.what() << "\n" << kUsage;
    } catch (const std::exception& error) {
        std::cerr << "load: " << error.what() << "\n";
    }
    return 2;
}
