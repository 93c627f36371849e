#include "encoder/utf8.h"

namespace onair::encoder {

namespace {

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

// The first byte also narrows what the second may be: that is how overlong
// forms, surrogates and what lies past U+10FFFF are kept out.
bool Utf8::lead(uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4) {
        return false;
    }
    need_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    low_ = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return true;
}

size_t Utf8::good(ConstBytes bytes)
{
    size_t at = 0;
    while (at < bytes.size()) {
        if (need_ == 0) {
            at += ascii_run(bytes.subspan(at));
            if (at == bytes.size()) {
                break;
            }
            if (!lead(bytes[at])) {
                return at;
            }
        } else {
            if (bytes[at] < low_ || bytes[at] > high_) {
                return at;
            }
            need_--;
            low_ = 0x80;
            high_ = 0xbf;
        }
        at++;
    }
    return at;
}

std::string_view cut(std::string_view text, size_t limit)
{
    if (text.size() <= limit) {
        return text;
    }
    size_t at = limit;
    while (at > 0 && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80) {
        at--;
    }
    return text.substr(0, at);
}

}  // namespace onair::encoder
