#include "source/utf8.h"

namespace onair::source {

namespace {

struct Lead {
    size_t size;
    char32_t bits;
};

Lead lead_of(uint8_t byte)
{
    if (byte < 0xc2) {
        return {0, 0};
    }
    if (byte < 0xe0) {
        return {2, static_cast<char32_t>(byte & 0x1f)};
    }
    if (byte < 0xf0) {
        return {3, static_cast<char32_t>(byte & 0x0f)};
    }
    if (byte < 0xf5) {
        return {4, static_cast<char32_t>(byte & 0x07)};
    }
    return {0, 0};
}

// Whether `byte` may follow `lead` as its first continuation: this is where
// overlong forms, surrogates and numbers past U+10FFFF show.
bool may_follow(uint8_t lead, uint8_t byte)
{
    switch (lead) {
        case 0xe0:
            return byte >= 0xa0;
        case 0xed:
            return byte < 0xa0;
        case 0xf0:
            return byte >= 0x90;
        case 0xf4:
            return byte < 0x90;
        default:
            return true;
    }
}

}  // namespace

Utf8Char first_char(std::string_view text)
{
    auto first = static_cast<uint8_t>(text[0]);
    if (first < 0x80) {
        return {first, 1, false};
    }
    Lead lead = lead_of(first);
    char32_t code = lead.bits;
    for (size_t i = 1; i < lead.size; i++) {
        if (i == text.size()) {
            return {0, 0, true};
        }
        auto byte = static_cast<uint8_t>(text[i]);
        if ((byte & 0xc0) != 0x80 || (i == 1 && !may_follow(first, byte))) {
            return {};
        }
        code = code << 6 | (byte & 0x3f);
    }
    return {code, lead.size, false};
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
    while (!text.empty()) {
        size_t size = first_char(text).size;
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

}  // namespace onair::source
