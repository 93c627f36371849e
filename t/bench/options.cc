#include "options.h"

#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>

namespace onair::bench {

const char* const kUsage =
    "usage: load --url URL [options]\n"
    "  --transport ws|sse|h2|longpoll|get\n"
    "  --url URL           http:// or https://, {} in it is the station\n"
    "  --clients N         subscribers; with h2 connections (1000)\n"
    "  --streams N         event streams of a connection, with h2 (1)\n"
    "  --stations N        client i is at station i % N (1)\n"
    "  --threads N         each holds fewer than 20,000 clients (as needed)\n"
    "  --underway N        connects under way at once (512)\n"
    "  --cycles N          connect all and drop all so many times (1)\n"
    "  --messages N        messages after the last connecting (10)\n"
    "  --first N           the first message's counter (1)\n"
    "  --size BYTES        of a published text (700)\n"
    "  --rate N            messages a second; 0: when all have the last (0)\n"
    "  --publish URL       http://host:port/path (POST) or tcp://host:port\n"
    "  --greet TEXT        a WebSocket says this first\n"
    "  --post TEXT         the body of a POST; {} in it is the text\n"
    "  --check verbatim|snapshot|marker\n"
    "                      snapshot publishes {\"title\":...} (verbatim)\n"
    "  --deflate           offer permessage-deflate\n"
    "  --pids PID,PID      whose CPU and memory are read\n"
    "  --timeout SECONDS   without progress (30)\n"
    "  --hold              connect, then obey standard input: stat, quit\n"
    "  --json FILE         where the report goes (standard output)\n";

namespace {

std::uint64_t number(const std::string& name, const std::string& text)
{
    std::size_t used = 0;
    std::uint64_t value = 0;
    try {
        value = std::stoull(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used == 0 || used != text.size())
        throw std::invalid_argument(name + ": not a number: " + text);
    return value;
}

template <typename T>
T choice(const std::string& name, const std::string& text,
         const std::map<std::string, T>& known)
{
    auto found = known.find(text);
    if (found == known.end())
        throw std::invalid_argument(name + ": unknown: " + text);
    return found->second;
}

std::vector<pid_t> pid_list(const std::string& text)
{
    std::vector<pid_t> pids;
    std::size_t at = 0;
    while (at < text.size()) {
        std::size_t comma = std::min(text.find(',', at), text.size());
        pids.push_back(
            static_cast<pid_t>(number("--pids", text.substr(at, comma - at))));
        at = comma + 1;
    }
    return pids;
}

void set_url(Options& o, const std::string& text)
{
    Url url = read_url(text);
    o.tls = url.scheme == "https" || url.scheme == "wss";
    o.host = url.host;
    o.port = url.port;
    o.path = url.path;
}

using Setter = std::function<void(Options&, const std::string&)>;

const std::map<std::string, Setter>& setters()
{
    using O = Options&;
    using S = const std::string&;
    static const std::map<std::string, Setter> table = {
        {"--transport",
         [](O o, S v) {
             o.transport =
                 choice<Transport>("--transport", v,
                                   {{"ws", Transport::kWebSocket},
                                    {"sse", Transport::kEventStream},
                                    {"h2", Transport::kHttp2Events},
                                    {"longpoll", Transport::kLongPoll},
                                    {"get", Transport::kGet}});
         }},
        {"--check",
         [](O o, S v) {
             o.check = choice<Check>("--check", v,
                                     {{"verbatim", Check::kVerbatim},
                                      {"snapshot", Check::kSnapshot},
                                      {"marker", Check::kMarker}});
         }},
        {"--url", set_url},
        {"--clients", [](O o, S v) { o.clients = number("--clients", v); }},
        {"--streams", [](O o, S v) { o.streams = number("--streams", v); }},
        {"--stations", [](O o, S v) { o.stations = number("--stations", v); }},
        {"--threads", [](O o, S v) { o.threads = number("--threads", v); }},
        {"--underway", [](O o, S v) { o.underway = number("--underway", v); }},
        {"--cycles", [](O o, S v) { o.cycles = number("--cycles", v); }},
        {"--messages",
         [](O o, S v) {
             o.messages = static_cast<std::uint32_t>(number("--messages", v));
         }},
        {"--first",
         [](O o, S v) {
             o.first = static_cast<std::uint32_t>(number("--first", v));
         }},
        {"--size", [](O o, S v) { o.size = number("--size", v); }},
        {"--rate", [](O o, S v) { o.rate = std::stod(v); }},
        {"--publish", [](O o, S v) { o.publish = v; }},
        {"--greet", [](O o, S v) { o.greet = v; }},
        {"--post", [](O o, S v) { o.post = v; }},
        {"--pids", [](O o, S v) { o.pids = pid_list(v); }},
        {"--timeout", [](O o, S v) { o.timeout = std::stod(v); }},
        {"--json", [](O o, S v) { o.out = v; }},
    };
    return table;
}

void complete(Options& o)
{
    constexpr std::size_t kMostAThread = 18000;
    if (o.threads == 0)
        o.threads = (o.clients + kMostAThread - 1) / kMostAThread;
    if (o.threads == 0 || o.streams == 0 || o.stations == 0 || o.cycles == 0 ||
        o.underway == 0)
        throw std::invalid_argument("zero of something: nothing to do");
    if (o.streams > 1 && o.transport != Transport::kHttp2Events)
        throw std::invalid_argument("--streams: with --transport h2 only");
    if (o.clients > o.threads * 19900)
        throw std::invalid_argument("--clients: more than 19,900 a thread");
    if (o.first == 0 || o.first + o.messages > 999999)
        throw std::invalid_argument("--first: counters are 1 to 999999");
    if (o.size < 8)
        throw std::invalid_argument("--size: the marker alone is 8 bytes");
    if (o.messages > 0 && o.publish.empty() && !o.hold)
        throw std::invalid_argument("--publish: missing");
}

}  // namespace

Url read_url(const std::string& text)
{
    Url url;
    std::size_t scheme = text.find("://");
    if (scheme == std::string::npos)
        throw std::invalid_argument("not a URL: " + text);
    url.scheme = text.substr(0, scheme);
    std::size_t host = scheme + 3;
    std::size_t path = std::min(text.find('/', host), text.size());
    url.path = path < text.size() ? text.substr(path) : "/";
    std::size_t colon = text.find(':', host);
    if (colon < path) {
        url.port = static_cast<std::uint16_t>(
            number("port", text.substr(colon + 1, path - colon - 1)));
    } else {
        url.port = url.scheme == "https" ? 443 : 80;
    }
    url.host = text.substr(host, std::min(colon, path) - host);
    return url;
}

Options read_options(int argc, char** argv)
{
    Options o;
    for (int i = 1; i < argc; ++i) {
        std::string name = argv[i];
        if (name == "--deflate") {
            o.deflate = true;
        } else if (name == "--hold") {
            o.hold = true;
        } else {
            auto found = setters().find(name);
            if (found == setters().end() || i + 1 == argc)
                throw std::invalid_argument("unknown or incomplete: " + name);
            found->second(o, argv[++i]);
        }
    }
    complete(o);
    return o;
}

}  // namespace onair::bench
