#include "h2.h"

#include <algorithm>

namespace onair::bench {

namespace {

enum Kind : std::uint8_t {
    kData = 0,
    kHeaders = 1,
    kReset = 3,
    kSettings = 4,
    kPing = 6,
    kGoaway = 7,
    kWindowUpdate = 8,
};

constexpr std::uint8_t kAck = 1;
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::size_t kHead = 9;
constexpr std::size_t kMostOfOthers = 16384;

// What Chrome sends with an EventSource besides the names of the place.
constexpr std::string_view kFields[][2] = {
    {"sec-ch-ua-platform", "\"Windows\""},
    {"cache-control", "no-cache"},
    {"user-agent",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, "
     "like Gecko) Chrome/140.0.0.0 Safari/537.36"},
    {"accept", "text/event-stream"},
    {"sec-ch-ua", "\"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\""},
    {"sec-ch-ua-mobile", "?0"},
    {"sec-fetch-site", "same-origin"},
    {"sec-fetch-mode", "cors"},
    {"sec-fetch-dest", "empty"},
    {"referer", "https://radio.example/"},
    {"accept-encoding", "gzip, deflate, br, zstd"},
    {"accept-language", "en-US,en;q=0.9"},
    {"cookie", "theme=dark"},
    {"priority", "u=4, i"},
};

void put(std::string& to, std::uint64_t value, int bytes)
{
    while (bytes-- > 0)
        to += static_cast<char>(value >> (8 * bytes));
}

void frame(std::string& to, Kind kind, std::uint8_t flags, std::uint32_t stream,
           std::string_view payload)
{
    put(to, payload.size(), 3);
    put(to, kind, 1);
    put(to, flags, 1);
    put(to, stream, 4);
    to += payload;
}

// A string without Huffman (RFC 7541 section 5.2).
void literal(std::string& to, std::string_view text)
{
    if (text.size() < 127) {
        put(to, text.size(), 1);
    } else {
        put(to, 127, 1);
        put(to, text.size() - 127, 1);
    }
    to += text;
}

// The first stream's fields go into the table, the others' refer to it.
std::string block(bool first, std::string_view scheme, std::string_view host,
                  std::string_view path)
{
    constexpr std::size_t kCount = std::size(kFields);
    std::string to;
    put(to, 0x82, 1);  // :method GET
    put(to, scheme == "https" ? 0x87 : 0x86, 1);
    put(to, 0x04, 1);  // :path, not indexed
    literal(to, path);
    // Entries are numbered from 62, the newest first.
    if (first) {
        put(to, 0x41, 1);  // :authority
        literal(to, host);
    } else {
        put(to, 0x80 | (62 + kCount), 1);
    }
    for (std::size_t i = 0; i < kCount; ++i) {
        if (first) {
            put(to, 0x40, 1);
            literal(to, kFields[i][0]);
            literal(to, kFields[i][1]);
        } else {
            put(to, 0x80 | (62 + kCount - 1 - i), 1);
        }
    }
    return to;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at, int count)
{
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i)
        value = value << 8 | static_cast<unsigned char>(
                                 bytes[at + static_cast<std::size_t>(i)]);
    return value;
}

}  // namespace

std::string H2::hello(std::size_t streams, std::string_view scheme,
                      std::string_view host, std::string_view path)
{
    std::string to = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    std::string settings;
    // Windows that no run of this generator uses up.
    put(settings, 2, 2), put(settings, 0, 4);           // no push
    put(settings, 4, 2), put(settings, 0x7fffffff, 4);  // a stream's window
    frame(to, kSettings, 0, 0, settings);
    std::string window;
    put(window, 0x7fffffff - 65535, 4);
    frame(to, kWindowUpdate, 0, 0, window);
    for (std::size_t i = 0; i < streams; ++i)
        frame(to, kHeaders, kEndStream | kEndHeaders,
              static_cast<std::uint32_t>(2 * i + 1),
              block(i == 0, scheme, host, path));
    return to;
}

bool H2::feed(std::string_view bytes, H2Listener& to, std::string& answers)
{
    while (!bytes.empty()) {
        if (left_ > 0) {
            std::size_t size = std::min<std::size_t>(left_, bytes.size());
            left_ -= static_cast<std::uint32_t>(size);
            to.on_data(stream_ / 2, bytes.substr(0, size));
            bytes.remove_prefix(size);
            continue;
        }
        if (rest_.size() < kHead) {
            std::size_t size = std::min(kHead - rest_.size(), bytes.size());
            rest_ += bytes.substr(0, size);
            bytes.remove_prefix(size);
            if (rest_.size() < kHead)
                return true;
        }
        std::uint32_t size = number_at(rest_, 0, 3);
        kind_ = static_cast<std::uint8_t>(rest_[3]);
        flags_ = static_cast<std::uint8_t>(rest_[4]);
        stream_ = number_at(rest_, 5, 4) & 0x7fffffff;
        if (kind_ == kData) {
            left_ = size;
            rest_.clear();
            if ((flags_ & kEndStream) != 0)
                to.on_h2_end();
            continue;
        }
        if (size > kMostOfOthers)
            return false;
        std::size_t more =
            std::min<std::size_t>(kHead + size - rest_.size(), bytes.size());
        rest_ += bytes.substr(0, more);
        bytes.remove_prefix(more);
        if (rest_.size() < kHead + size)
            return true;
        std::string whole;
        whole.swap(rest_);
        if (!take_frame(std::string_view(whole).substr(kHead), to, answers))
            return false;
    }
    return true;
}

bool H2::take_frame(std::string_view payload, H2Listener& to,
                    std::string& answers)
{
    switch (kind_) {
        case kHeaders:
            // nginx has the status first, as an entry of the static table.
            if (payload.empty() || payload[0] != '\x88')
                return false;
            to.on_stream_open(stream_ / 2);
            return true;
        case kSettings:
            if ((flags_ & kAck) == 0)
                frame(answers, kSettings, kAck, 0, {});
            return true;
        case kPing:
            if ((flags_ & kAck) == 0)
                frame(answers, kPing, kAck, 0, payload);
            return true;
        case kReset:
        case kGoaway:
            to.on_h2_end();
            return true;
        default:
            return true;
    }
}

}  // namespace onair::bench
