// One subscriber: asks, reads, and checks that each message comes once and in
// order. Lives in one crowd, on that crowd's thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decoder.h"
#include "h2.h"
#include "options.h"
#include "stream.h"

namespace onair::bench {

// What the clients of one thread saw.
struct Tally {
    std::uint64_t open = 0;       // handshakes that were answered with yes
    std::uint64_t failed = 0;     // connects that came to nothing
    std::uint64_t gone = 0;       // open ones the server ended
    std::uint64_t delivered = 0;  // published messages that came in order
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t reordered = 0;
    std::uint64_t malformed = 0;
    std::uint64_t initial = 0;  // states from before the first message
    std::uint64_t extra = 0;    // same text under a new seq
    std::uint64_t pings = 0;
    std::uint64_t bytes = 0;    // read from the sockets
    std::uint64_t records = 0;  // of TLS
    std::vector<std::uint32_t> handshake_us;
    std::vector<std::uint32_t> latency_us;
    std::vector<std::uint64_t> last_ns;  // a message's last delivery

    void add(const Tally& other);
};

// What all threads look at while they run.
struct Plan {
    const Options* options = nullptr;
    SSL_CTX* tls = nullptr;
    std::string pattern;  // text of message 0: what follows the marker
    std::vector<std::uint64_t> sent_ns;  // message by message; before sending
};

class Client final : public Listener, public H2Listener {
  public:
    enum class Stage : std::uint8_t { kIdle, kConnecting, kAsked, kOpen };

    void start(const Plan& plan, Tally& tally, std::size_t number);
    // False: the connection is over and has been counted and closed.
    bool on_ready(std::uint32_t events);
    void drop();

    int fd() const { return stream_.fd(); }
    Stage stage() const { return stage_; }

    void on_open() override;
    void on_text(std::string_view text) override;
    void on_ping(std::string_view text) override;
    void on_answer(int status, std::string_view head) override;
    void on_malformed() override;
    void on_goodbye() override;
    void on_stream_open(std::size_t stream) override;
    void on_data(std::size_t stream, std::string_view bytes) override;
    void on_h2_end() override;

  private:
    bool ask();
    bool read_all(bool to_the_end);
    void over();
    bool feed(std::string_view bytes);
    bool well_formed(std::string_view text, std::size_t marker) const;
    void count(std::uint32_t counter, std::uint64_t seq);

    const Plan* plan_ = nullptr;
    Tally* tally_ = nullptr;
    Stream stream_;
    std::string condition_;  // If-None-Match and the like, for the next poll
    std::uint64_t started_ns_ = 0;
    std::uint32_t number_ = 0;
    // What comes, and how far it has come: of the stream that is being read.
    struct Subscription {
        Decoder decoder;
        std::uint64_t seq = 0;
        std::uint32_t last = 0;
    };
    Subscription my_;
    H2 h2_;
    std::vector<Subscription> streams_;
    std::size_t opened_ = 0;
    std::uint64_t records_ = 0;
    Stage stage_ = Stage::kIdle;
};

}  // namespace onair::bench
