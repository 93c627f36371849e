// Sends the messages, from the generator's main thread: an HTTP POST on a kept
// connection, or a length and the text on a server's control socket.
#pragma once

#include <cstdint>
#include <string>

#include "options.h"

namespace onair::bench {

// The text of message `counter`: "#000042#" and letters up to the size.
std::string text_of(std::uint32_t counter, std::size_t size);

class Publisher {
  public:
    // Throws std::runtime_error.
    explicit Publisher(const Options& options);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    // Returns when the server has answered (HTTP) or the bytes are written.
    void publish(std::uint32_t counter);

  private:
    void send_all(const std::string& bytes);
    void read_answer();

    Url url_;
    Check check_;
    std::size_t size_;
    std::string post_;
    int fd_ = -1;
};

// A connected blocking socket; throws std::runtime_error.
int connect_to(const std::string& host, std::uint16_t port);

}  // namespace onair::bench
