// What the load generator is asked to do, as read from its command line.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace onair::bench {

enum class Transport {
    kWebSocket,
    kEventStream,
    kHttp2Events,
    kLongPoll,
    kGet
};

// How strictly a message is looked at: kVerbatim is the published text and
// nothing else, kSnapshot is JSON that holds it, kMarker only has its counter.
enum class Check { kVerbatim, kSnapshot, kMarker };

struct Options {
    Transport transport = Transport::kWebSocket;
    std::string host = "127.0.0.1";
    std::uint16_t port = 80;
    std::string path = "/";  // "{}" in it is the client's station
    bool tls = false;
    bool deflate = false;  // offer permessage-deflate
    std::size_t clients = 1000;
    std::size_t streams = 1;     // of each client's connection, over HTTP/2
    std::size_t stations = 1;    // client i is at station i % stations
    std::size_t threads = 0;     // 0: as many as descriptors demand
    std::size_t underway = 512;  // connects under way at once, over all threads
    std::size_t cycles = 1;      // connect all, drop all, so many times
    std::uint32_t messages = 10;
    std::uint32_t first = 1;  // the first message's counter, not 0
    std::size_t size = 700;   // bytes of a published text
    double rate = 0;          // messages a second; 0: when all have the last
    std::string publish;      // http://host:port/path or tcp://host:port
    std::string greet;        // a text frame that follows the handshake
    std::string post;         // its body, "{}" in it is the text; empty: as
                              // `check` says
    Check check = Check::kVerbatim;
    std::vector<pid_t> pids;  // the server's workers
    double timeout = 30;      // seconds without any progress
    bool hold = false;        // obey lines on standard input
    std::string out;          // JSON; empty: standard output
};

// A place to connect to; the scheme is left to the caller.
struct Url {
    std::string scheme, host, path;
    std::uint16_t port = 80;
};

// Throws std::invalid_argument with the offending option in words.
Options read_options(int argc, char** argv);
Url read_url(const std::string& text);

extern const char* const kUsage;

}  // namespace onair::bench
