#include "source/form.h"

#include <algorithm>

namespace onair::source {

namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = static_cast<char>(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void put_decoded(std::string_view raw, Writer& out)
{
    for (size_t i = 0; i < raw.size(); i++) {
        int high =
            raw[i] == '%' && i + 2 < raw.size() ? hex_digit(raw[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(raw[i + 2]) : -1;
        if (low >= 0) {
            out.put(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.put(raw[i] == '+' ? ' ' : raw[i]);
        }
    }
}

}  // namespace

bool FormReader::next()
{
    while (!rest_.empty()) {
        size_t end = std::min(rest_.find('&'), rest_.size());
        std::string_view pair = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (pair.empty()) {
            continue;
        }
        size_t equals = std::min(pair.find('='), pair.size());
        name_ = decoded(pair.substr(0, equals));
        value_ = decoded(pair.substr(std::min(equals + 1, pair.size())));
        return true;
    }
    return false;
}

std::string_view FormReader::decoded(std::string_view raw)
{
    if (raw.find_first_of("%+") == std::string_view::npos) {
        return raw;
    }
    return arena_.make_text(raw.size(),
                            [raw](Writer& out) { put_decoded(raw, out); });
}

}  // namespace onair::source
