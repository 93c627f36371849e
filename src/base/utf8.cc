#include "base/utf8.h"

namespace onair {

namespace {

// What the first byte of a character of several bytes says of the rest.
struct Lead {
    uint8_t rest = 0;  // bytes that follow; 0: no character begins so
    uint8_t bits = 0;  // of the first byte, in the character's number
    uint8_t low = 0x80;
    uint8_t high = 0xbf;  // between these is the second byte
};

// The first byte also narrows what the second may be: that is how overlong
// forms, surrogates and what lies past U+10FFFF are kept out.
Lead lead_of(uint8_t byte)
{
    Lead lead;
    if (byte < 0xc2 || byte > 0xf4) {
        return lead;
    }
    lead.rest = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    lead.bits = static_cast<uint8_t>(byte & (0x3f >> lead.rest));
    lead.low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    lead.high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return lead;
}

bool is_rest(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

// Bytes of plain ASCII at the front, looked at eight at a time.
size_t ascii_run(ConstBytes bytes)
{
    size_t at = 0;
    while (bytes.size() - at >= 8) {
        uint64_t eight = 0;
        std::memcpy(&eight, bytes.data() + at, 8);
        if ((eight & 0x8080808080808080u) != 0) {
            break;
        }
        at += 8;
    }
    while (at < bytes.size() && bytes[at] < 0x80) {
        at++;
    }
    return at;
}

}  // namespace

Utf8Char first_char(std::string_view text)
{
    auto first = static_cast<uint8_t>(text[0]);
    if (first < 0x80) {
        return {first, 1, false};
    }
    Lead lead = lead_of(first);
    if (lead.rest == 0) {
        return {};
    }
    char32_t code = lead.bits;
    for (size_t i = 1; i <= lead.rest; i++) {
        if (i == text.size()) {
            return {0, 0, true};
        }
        auto byte = static_cast<uint8_t>(text[i]);
        if (!is_rest(byte) ||
            (i == 1 && (byte < lead.low || byte > lead.high))) {
            return {};
        }
        code = code << 6 | (byte & 0x3f);
    }
    return {code, size_t{1} + lead.rest, false};
}

void put_utf8(Writer& out, char32_t code)
{
    auto tail = [&out, code](int shift) {
        out.put(static_cast<char>(0x80 | (code >> shift & 0x3f)));
    };
    if (code < 0x80) {
        out.put(static_cast<char>(code));
    } else if (code < 0x800) {
        out.put(static_cast<char>(0xc0 | code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out.put(static_cast<char>(0xe0 | code >> 12));
        tail(6);
        tail(0);
    } else {
        out.put(static_cast<char>(0xf0 | code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

bool is_utf8(std::string_view text)
{
    Utf8 utf8;
    return utf8.take(bytes_of(text)) && utf8.complete();
}

std::string_view cut(std::string_view text, size_t most)
{
    if (text.size() <= most) {
        return text;
    }
    while (most > 0 && is_rest(static_cast<uint8_t>(text[most]))) {
        most--;
    }
    return text.substr(0, most);
}

size_t Utf8::good(ConstBytes bytes)
{
    size_t at = 0;
    while (at < bytes.size()) {
        if (need_ > 0) {
            if (bytes[at] < low_ || bytes[at] > high_) {
                return at;
            }
            need_--;
            low_ = 0x80;
            high_ = 0xbf;
            at++;
            continue;
        }
        at += ascii_run(bytes.subspan(at));
        if (at == bytes.size()) {
            break;
        }
        Lead lead = lead_of(bytes[at]);
        if (lead.rest == 0) {
            return at;
        }
        need_ = lead.rest;
        low_ = lead.low;
        high_ = lead.high;
        at++;
    }
    return at;
}

}  // namespace onair
