#include "encoder/event_id.h"

#include <cstring>
#include <limits>

namespace onair::encoder {

namespace {

constexpr size_t kEpochDigits = 8;
// What Apache's mod_deflate and mod_brotli put behind the tag of what they
// compressed.
constexpr std::string_view kCodings[] = {"-gzip", "-br"};

constexpr char kHex[] = "0123456789abcdef";

// -1: no digit, or a capital.
int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool read_epoch(std::string_view text, uint32_t* epoch)
{
    for (char c : text) {
        int digit = hex_digit(c);
        if (digit < 0) {
            return false;
        }
        *epoch = *epoch << 4 | static_cast<uint32_t>(digit);
    }
    return true;
}

bool read_seq(std::string_view text, uint64_t* seq)
{
    constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
    for (char c : text) {
        uint64_t digit = static_cast<uint64_t>(c) - '0';
        if (digit > 9 || *seq > (kMost - digit) / 10) {
            return false;
        }
        *seq = *seq * 10 + digit;
    }
    return true;
}

// The opaque tag of an entity tag; any other text stays as it is.
std::string_view unquote(std::string_view text)
{
    if (text.starts_with("W/\"")) {
        text.remove_prefix(2);
    }
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
        return text;
    }
    text = text.substr(1, text.size() - 2);
    for (std::string_view coding : kCodings) {
        if (text.ends_with(coding)) {
            text.remove_suffix(coding.size());
            break;
        }
    }
    return text;
}

}  // namespace

std::string_view write_event_id(const EventId& id, std::span<char> out)
{
    char text[kMaxEventId];
    char* at = text + sizeof(text);
    uint64_t seq = id.seq;
    do {
        *--at = static_cast<char>('0' + seq % 10);
        seq /= 10;
    } while (seq != 0);
    *--at = ':';
    uint32_t epoch = id.epoch;
    for (size_t i = 0; i < kEpochDigits; i++, epoch >>= 4) {
        *--at = kHex[epoch & 15];
    }
    auto size = static_cast<size_t>(text + sizeof(text) - at);
    if (size > out.size()) {
        return {};
    }
    std::memcpy(out.data(), at, size);
    return {out.data(), size};
}

Result<EventId> read_event_id(std::string_view text)
{
    text = unquote(text);
    if (text.size() < kEpochDigits + 2 || text.size() > kMaxEventId ||
        text[kEpochDigits] != ':') {
        return Fault::kBadEventId;
    }
    std::string_view epoch = text.substr(0, kEpochDigits);
    std::string_view seq = text.substr(kEpochDigits + 1);
    // One way to write each id: no capitals, no leading zero.
    EventId id;
    if (!read_epoch(epoch, &id.epoch) || !read_seq(seq, &id.seq) ||
        (seq.size() > 1 && seq[0] == '0')) {
        return Fault::kBadEventId;
    }
    return id;
}

}  // namespace onair::encoder
