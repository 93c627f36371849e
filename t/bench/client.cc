#include "client.h"

#include <sys/epoll.h>

#include <charconv>

#include "proc.h"

namespace onair::bench {

namespace {

// Where "#000042#" stands; npos when there is none.
std::size_t find_marker(std::string_view text, std::uint32_t* counter)
{
    std::size_t at = text.find('#');
    for (; at != std::string_view::npos; at = text.find('#', at + 1)) {
        if (at + 8 > text.size())
            break;
        if (text[at + 7] != '#')
            continue;
        const char* end = text.data() + at + 7;
        if (std::from_chars(text.data() + at + 1, end, *counter).ptr == end)
            return at;
    }
    return std::string_view::npos;
}

std::uint64_t find_seq(std::string_view text)
{
    std::string_view head = text.substr(0, 200);
    std::size_t at = head.find("\"seq\":");
    std::uint64_t seq = 0;
    if (at != std::string_view::npos)
        std::from_chars(head.data() + at + 6, head.data() + head.size(), seq);
    return seq;
}

std::uint32_t us_since(std::uint64_t then_ns)
{
    return static_cast<std::uint32_t>((now_ns() - then_ns) / 1000);
}

}  // namespace

void Tally::add(const Tally& o)
{
    open += o.open;
    failed += o.failed;
    gone += o.gone;
    delivered += o.delivered;
    lost += o.lost;
    doubled += o.doubled;
    reordered += o.reordered;
    malformed += o.malformed;
    initial += o.initial;
    extra += o.extra;
    pings += o.pings;
    bytes += o.bytes;
    records += o.records;
    handshake_us.insert(handshake_us.end(), o.handshake_us.begin(),
                        o.handshake_us.end());
    latency_us.insert(latency_us.end(), o.latency_us.begin(),
                      o.latency_us.end());
    last_ns.resize(std::max(last_ns.size(), o.last_ns.size()));
    for (std::size_t i = 0; i < o.last_ns.size(); ++i)
        last_ns[i] = std::max(last_ns[i], o.last_ns[i]);
}

void Client::start(const Plan& plan, Tally& tally, std::size_t number)
{
    plan_ = &plan;
    tally_ = &tally;
    number_ = static_cast<std::uint32_t>(number);
    my_.decoder.reset();
    condition_.clear();
    my_.seq = 0;
    my_.last = plan.options->first - 1;
    h2_.reset();
    opened_ = 0;
    if (plan.options->transport == Transport::kHttp2Events)
        streams_.assign(plan.options->streams, my_);
    started_ns_ = now_ns();
    stage_ = Stage::kConnecting;
    if (!stream_.open(*plan.options, number, plan.tls))
        over();
}

// A text frame of at most 125 bytes; its mask is 0.
static std::string greeting(const std::string& text)
{
    if (text.empty())
        return {};
    std::string head = "\x81";
    head += static_cast<char>(0x80 | text.size());
    return head + std::string(4, '\0') + text;
}

bool Client::ask()
{
    const Options& o = *plan_->options;
    std::string path = o.path;
    if (std::size_t at = path.find("{}"); at != std::string::npos)
        path.replace(at, 2, std::to_string(number_ % o.stations));
    if (o.transport == Transport::kHttp2Events)
        return stream_.write(H2::hello(
            o.streams, plan_->tls != nullptr ? "https" : "http", o.host, path));
    std::string request =
        "GET " + path + " HTTP/1.1\r\nHost: " + o.host + "\r\n";
    if (o.transport == Transport::kWebSocket) {
        request +=
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        if (o.deflate)
            request +=
                "Sec-WebSocket-Extensions: permessage-deflate; "
                "server_no_context_takeover; client_no_context_takeover\r\n";
    } else if (o.transport == Transport::kEventStream) {
        request += "Accept: text/event-stream\r\n";
    }
    return stream_.write(request + condition_ + "\r\n");
}

bool Client::on_ready(std::uint32_t events)
{
    if (stage_ == Stage::kConnecting) {
        Io io = (events & EPOLLERR) != 0 ? Io::kClosed : stream_.ready();
        if (io == Io::kAgain)
            return true;
        if (io == Io::kClosed || !ask()) {
            over();
            return false;
        }
        stage_ = Stage::kAsked;
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0)
        return true;
    return read_all((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
}

bool Client::read_all(bool to_the_end)
{
    static thread_local char room[65536];
    bool whole = to_the_end || plan_->tls != nullptr;
    for (;;) {
        std::size_t got = 0;
        Io io = stream_.read(room, sizeof room, &got);
        if (io == Io::kAgain)
            return true;
        if (io == Io::kClosed) {
            over();
            return false;
        }
        tally_->bytes += got;
        if (!feed({room, got}))
            return false;
        // Edge-triggered: a short read has emptied the socket.
        if (got < sizeof room && !whole)
            return true;
    }
}

// False: the connection is over.
bool Client::feed(std::string_view bytes)
{
    std::uint64_t records = stream_.records();
    tally_->records += records - records_;
    records_ = records;
    if (plan_->options->transport != Transport::kHttp2Events) {
        my_.decoder.feed(bytes, plan_->options->transport, *this);
        return stage_ != Stage::kIdle;
    }
    std::string answers;
    if (!h2_.feed(bytes, *this, answers))
        on_malformed();
    if (stage_ == Stage::kIdle)
        return false;
    if (!answers.empty() && !stream_.write(answers))
        over();
    return stage_ != Stage::kIdle;
}

void Client::over()
{
    if (stage_ == Stage::kOpen) {
        tally_->open -= plan_->options->streams;
        ++tally_->gone;
    } else {
        ++tally_->failed;
    }
    drop();
}

void Client::drop()
{
    stream_.drop();
    my_.decoder.reset();
    records_ = 0;
    stage_ = Stage::kIdle;
}

void Client::on_open()
{
    if (stage_ != Stage::kAsked)
        return;
    stage_ = Stage::kOpen;
    tally_->open += plan_->options->streams;
    tally_->handshake_us.push_back(us_since(started_ns_));
    // Not with the request: a server may begin to hear after its answer.
    if (!plan_->options->greet.empty())
        stream_.write(greeting(plan_->options->greet));
}

bool Client::well_formed(std::string_view text, std::size_t marker) const
{
    const Options& o = *plan_->options;
    if (o.check == Check::kMarker)
        return true;
    if (text.substr(marker + 8).substr(0, o.size - 8) != plan_->pattern)
        return false;
    if (o.check == Check::kVerbatim)
        return marker == 0 && text.size() == o.size;
    return text.front() == '{' && text.back() == '}';
}

void Client::on_text(std::string_view text)
{
    std::uint32_t counter = 0;
    std::size_t marker = find_marker(text, &counter);
    if (marker == std::string_view::npos || counter < plan_->options->first) {
        ++tally_->initial;
        if (plan_->options->check != Check::kVerbatim)
            my_.seq = find_seq(text);
        return;
    }
    if (!well_formed(text, marker)) {
        ++tally_->malformed;
        return;
    }
    count(counter,
          plan_->options->check == Check::kVerbatim ? 0 : find_seq(text));
    // A frame of a room may hold several.
    while (plan_->options->check == Check::kMarker) {
        text.remove_prefix(marker + 8);
        marker = find_marker(text, &counter);
        if (marker == std::string_view::npos)
            break;
        count(counter, 0);
    }
}

void Client::count(std::uint32_t counter, std::uint64_t seq)
{
    bool newer = seq > my_.seq;
    if (seq != 0 && !newer)
        ++tally_->reordered;
    if (seq != 0)
        my_.seq = seq;
    if (counter == my_.last) {
        ++(newer ? tally_->extra : tally_->doubled);
        return;
    }
    if (counter < my_.last) {
        if (seq == 0 || newer)
            ++tally_->reordered;
        return;
    }
    tally_->lost += counter - my_.last - 1;
    my_.last = counter;
    ++tally_->delivered;
    std::size_t message = counter - plan_->options->first;
    if (message >= plan_->sent_ns.size())
        return;
    std::uint64_t now = now_ns();
    tally_->latency_us.push_back(
        static_cast<std::uint32_t>((now - plan_->sent_ns[message]) / 1000));
    tally_->last_ns.resize(plan_->sent_ns.size());
    tally_->last_ns[message] = now;
}

void Client::on_ping(std::string_view text)
{
    ++tally_->pings;
    std::string pong = "\x8a";
    pong += static_cast<char>(0x80 | text.size());
    pong.append(4, '\0');  // a mask of zeros leaves the text as it is
    pong.append(text);
    stream_.write(pong);
}

void Client::on_answer(int status, std::string_view head)
{
    const Options& o = *plan_->options;
    if (o.transport == Transport::kGet)
        return;
    if (status != 200 && status != 304) {
        ++tally_->malformed;
        return over();
    }
    condition_.clear();
    for (auto [from, to] : {std::pair{"ETag", "If-None-Match"},
                            std::pair{"Last-Modified", "If-Modified-Since"}}) {
        std::string_view value = header(head, from);
        if (value.empty())
            continue;
        condition_.append(to).append(": ").append(value).append("\r\n");
    }
    if (!ask())
        over();
}

void Client::on_malformed()
{
    ++tally_->malformed;
    over();
}

// Open when all of its streams are.
void Client::on_stream_open(std::size_t stream)
{
    if (stream >= streams_.size())
        return on_malformed();
    streams_[stream].decoder.be_open();
    if (++opened_ == streams_.size())
        on_open();
}

void Client::on_data(std::size_t stream, std::string_view bytes)
{
    if (stream >= streams_.size() || stage_ == Stage::kIdle)
        return;
    std::swap(my_, streams_[stream]);
    my_.decoder.feed(bytes, Transport::kEventStream, *this);
    std::swap(my_, streams_[stream]);
}

void Client::on_h2_end()
{
    if (stage_ != Stage::kIdle)
        over();
}

void Client::on_goodbye()
{
    // The peer closes; the end of the stream is what counts.
}

}  // namespace onair::bench
