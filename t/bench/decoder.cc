#include "decoder.h"

#include <strings.h>
#include <zlib.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>

namespace onair::bench {

namespace {

constexpr std::size_t kBroken = static_cast<std::size_t>(-1);
constexpr std::size_t kMost = 1u << 22;  // nothing larger is a message

std::size_t number_at(const char* bytes, int count)
{
    std::size_t value = 0;
    for (int i = 0; i < count; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

// permessage-deflate without context takeover (RFC 7692 section 7.2.2).
bool inflate_message(std::string_view in, std::string& out)
{
    z_stream z{};
    if (inflateInit2(&z, -15) != Z_OK)
        return false;
    std::string whole(in);
    whole.append("\0\0\xff\xff", 4);
    // SAFETY: zlib reads bytes through an unsigned pointer.
    z.next_in = reinterpret_cast<Bytef*>(whole.data());
    z.avail_in = static_cast<uInt>(whole.size());
    char part[16384];
    int result = Z_OK;
    do {
        // SAFETY: as above.
        z.next_out = reinterpret_cast<Bytef*>(part);
        z.avail_out = sizeof part;
        result = inflate(&z, Z_SYNC_FLUSH);
        out.append(part, sizeof part - z.avail_out);
    } while (result == Z_OK && z.avail_out == 0);
    inflateEnd(&z);
    return (result == Z_OK || result == Z_BUF_ERROR) && z.avail_in == 0;
}

// The length a chunk's first line gives and where its data begin; 0: more
// bytes are needed.
std::size_t chunk_begin(std::string_view in, std::size_t* length)
{
    std::size_t line = in.find("\r\n");
    if (line == std::string_view::npos)
        return in.size() > 20 ? kBroken : 0;
    auto [end, error] =
        std::from_chars(in.data(), in.data() + line, *length, 16);
    if (error != std::errc() || end == in.data() || *length > kMost)
        return kBroken;
    return line + 2;
}

}  // namespace

std::string_view header(std::string_view head, std::string_view name)
{
    std::size_t at = head.find("\r\n");
    while (at != std::string_view::npos && at + 2 + name.size() < head.size()) {
        at += 2;
        std::size_t end = std::min(head.find("\r\n", at), head.size());
        std::string_view line = head.substr(at, end - at);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            strncasecmp(line.data(), name.data(), name.size()) == 0) {
            line.remove_prefix(name.size() + 1);
            while (!line.empty() && line.front() == ' ')
                line.remove_prefix(1);
            return line;
        }
        at = end < head.size() ? end : std::string_view::npos;
    }
    return {};
}

void Decoder::reset()
{
    open_ = chunked_ = deflated_ = broken_ = false;
    rest_.clear();
    events_.clear();
}

void Decoder::feed(std::string_view bytes, Transport transport, Listener& to)
{
    if (broken_)
        return;
    std::string joined;
    if (!rest_.empty()) {
        joined = std::move(rest_);
        rest_.clear();
        joined.append(bytes);
        bytes = joined;
    }
    while (!bytes.empty()) {
        std::size_t used = take(bytes, transport, to);
        if (used == kBroken) {
            broken_ = true;
            to.on_malformed();
            return;
        }
        if (used == 0)
            break;
        bytes.remove_prefix(used);
    }
    rest_ = bytes;
    if (rest_.empty())
        std::string().swap(rest_);
}

std::size_t Decoder::take(std::string_view in, Transport transport,
                          Listener& to)
{
    if (transport == Transport::kLongPoll || transport == Transport::kGet)
        return take_answer(in, to);
    if (!open_)
        return take_head(in, transport, to);
    if (transport == Transport::kWebSocket)
        return take_frame(in, to);
    return chunked_ ? take_chunk(in, to) : take_events(in, to);
}

std::size_t Decoder::take_head(std::string_view in, Transport transport,
                               Listener& to)
{
    std::size_t end = in.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return 0;
    std::string_view head = in.substr(0, end + 2);
    std::string_view wanted =
        transport == Transport::kWebSocket ? "HTTP/1.1 101" : "HTTP/1.1 200";
    if (head.substr(0, wanted.size()) != wanted)
        return kBroken;
    if (transport == Transport::kWebSocket &&
        header(head, "Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        return kBroken;
    chunked_ = header(head, "Transfer-Encoding") == "chunked";
    deflated_ = header(head, "Sec-WebSocket-Extensions")
                    .starts_with("permessage-deflate");
    open_ = true;
    to.on_open();
    return end + 4;
}

std::size_t Decoder::take_frame(std::string_view in, Listener& to)
{
    if (in.size() < 2)
        return 0;
    unsigned first = static_cast<unsigned char>(in[0]);
    std::size_t length = static_cast<unsigned char>(in[1]);
    std::size_t begin = 2;
    if (length > 127)
        return kBroken;  // servers do not mask
    if (length >= 126) {
        int bytes = length == 126 ? 2 : 8;
        begin += static_cast<std::size_t>(bytes);
        if (in.size() < begin)
            return 0;
        length = number_at(in.data() + 2, bytes);
        if (length > kMost)
            return kBroken;
    }
    if (in.size() < begin + length)
        return 0;
    std::string_view text = in.substr(begin, length);
    switch (first) {
        case 0x81:
            to.on_text(text);
            break;
        case 0xc1: {
            std::string plain;
            if (!deflated_ || !inflate_message(text, plain))
                return kBroken;
            to.on_text(plain);
            break;
        }
        case 0x88:
            to.on_goodbye();
            break;
        case 0x89:
            to.on_ping(text);
            break;
        case 0x8a:
            break;
        default:
            return kBroken;
    }
    return begin + length;
}

std::size_t Decoder::take_chunk(std::string_view in, Listener& to)
{
    std::size_t length = 0;
    std::size_t begin = chunk_begin(in, &length);
    if (begin == 0 || begin == kBroken)
        return begin;
    if (in.size() < begin + length + 2)
        return 0;
    if (in.substr(begin + length, 2) != "\r\n")
        return kBroken;
    std::string_view data = in.substr(begin, length);
    if (length == 0)
        to.on_goodbye();
    if (events_.empty()) {
        std::size_t used = take_events(data, to);
        events_ = data.substr(used);
    } else {
        events_.append(data);
        events_.erase(0, take_events(events_, to));
    }
    if (events_.empty())
        std::string().swap(events_);
    return begin + length + 2;
}

std::size_t Decoder::take_events(std::string_view in, Listener& to)
{
    std::size_t used = 0;
    for (;;) {
        std::size_t end = in.find("\n\n", used);
        if (end == std::string_view::npos)
            return used;
        std::string_view event = in.substr(used, end + 1 - used);
        used = end + 2;
        std::string many;
        std::string_view text;
        int lines = 0;
        while (!event.empty()) {
            std::size_t line = event.find('\n');
            std::string_view field = event.substr(0, line);
            event.remove_prefix(line + 1);
            if (!field.starts_with("data:"))
                continue;
            field.remove_prefix(field.starts_with("data: ") ? 6 : 5);
            if (lines == 0)
                text = field;
            if (lines == 1)
                many = text;
            if (lines > 0)
                many.append("\n").append(field);
            ++lines;
        }
        if (lines > 0)
            to.on_text(lines > 1 ? many : text);
    }
}

std::size_t Decoder::take_answer(std::string_view in, Listener& to)
{
    std::size_t end = in.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return 0;
    std::string_view head = in.substr(0, end + 2);
    if (!head.starts_with("HTTP/1.1 "))
        return kBroken;
    int status = std::atoi(head.data() + 9);
    std::size_t at = end + 4;
    std::string body;
    if (header(head, "Transfer-Encoding") == "chunked") {
        for (;;) {
            std::size_t length = 0;
            std::size_t begin = chunk_begin(in.substr(at), &length);
            if (begin == 0 || begin == kBroken)
                return begin;
            if (in.size() < at + begin + length + 2)
                return 0;
            body.append(in.substr(at + begin, length));
            at += begin + length + 2;
            if (length == 0)
                break;
        }
    } else if (status != 304 && status != 204) {
        std::string_view value = header(head, "Content-Length");
        std::size_t length = 0;
        auto [last, error] =
            std::from_chars(value.data(), value.data() + value.size(), length);
        if (error != std::errc() || length > kMost)
            return kBroken;
        if (in.size() < at + length)
            return 0;
        body = in.substr(at, length);
        at += length;
    }
    if (!open_) {
        open_ = true;
        to.on_open();
    }
    if (status == 200 && !body.empty())
        to.on_text(body);
    to.on_answer(status, head);
    return at;
}

}  // namespace onair::bench
