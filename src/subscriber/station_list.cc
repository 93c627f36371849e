#include "subscriber/station_list.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/station.h"
#include "base/utf8.h"

namespace onair::subscriber {

namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte of "%XX" at the front, or -1.
int escaped(std::string_view text)
{
    if (text.size() < 3 || text[0] != '%') {
        return -1;
    }
    int high = hex_digit(text[1]);
    int low = hex_digit(text[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

struct Comma {
    size_t at;
    size_t size;
};

Comma find_comma(std::string_view text)
{
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] == ',') {
            return {i, 1};
        }
        if (escaped(text.substr(i)) == ',') {
            return {i, 3};
        }
    }
    return {text.size(), 0};
}

}  // namespace

Result<std::string_view> percent_decode(std::string_view raw,
                                        std::span<char> out)
{
    Writer writer(out);
    for (size_t i = 0; i < raw.size(); i++) {
        if (raw[i] == '%') {
            int byte = escaped(raw.substr(i));
            if (byte < 0) {
                return Fault::kBadRequest;
            }
            writer.put(static_cast<char>(byte));
            i += 2;
        } else {
            writer.put(raw[i] == '+' ? ' ' : raw[i]);
        }
    }
    if (!writer.ok()) {
        return Fault::kBadRequest;
    }
    return writer.view();
}

Outcome check_name(std::string_view name)
{
    Utf8 utf8;
    bool clean = std::none_of(name.begin(), name.end(), [](char c) {
        return static_cast<uint8_t>(c) < 0x20 || c == 0x7f;
    });
    if (name.empty() || name.size() > kMaxName || !clean ||
        !utf8.take(bytes_of(name)) || !utf8.complete()) {
        return Fault::kBadName;
    }
    return Done();
}

Result<bool> StationList::next(std::span<char> buffer, std::string_view* name)
{
    if (rest_.empty() && (!started_ || !more_)) {
        return false;
    }
    Comma comma = find_comma(rest_);
    std::string_view raw = rest_.substr(0, comma.at);
    rest_.remove_prefix(comma.at + comma.size);
    started_ = true;
    more_ = comma.size > 0;
    Result<std::string_view> text = percent_decode(raw, buffer);
    if (!text.ok() || !check_name(*text).ok()) {
        return Fault::kBadName;
    }
    *name = *text;
    return true;
}

}  // namespace onair::subscriber
