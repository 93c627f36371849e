#include "room/raw_json.h"

#include <algorithm>

namespace onair::room {

namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Bytes of the string that begins here, its quotes included.
size_t string_size(std::string_view text)
{
    size_t at = 1;
    while (at < text.size() && text[at] != '"') {
        at += text[at] == '\\' ? 2 : 1;
    }
    return at < text.size() ? at + 1 : text.size();
}

bool ends_scalar(char c)
{
    return c == ',' || c == '}' || c == ']' || is_blank(c);
}

}  // namespace

void RawMembers::skip_blanks()
{
    while (!rest_.empty() && is_blank(rest_.front())) {
        rest_.remove_prefix(1);
    }
}

void RawMembers::open()
{
    skip_blanks();
    if (!rest_.empty()) {
        rest_.remove_prefix(1);
    }
}

std::string_view RawMembers::take_value()
{
    size_t at = 0;
    size_t depth = 0;
    while (at < rest_.size()) {
        char c = rest_[at];
        if (c == '"') {
            at += string_size(rest_.substr(at));
        } else if (c == '{' || c == '[') {
            depth++;
            at++;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
            at++;
        } else if (depth == 0 && ends_scalar(c)) {
            break;
        } else {
            at++;
            continue;
        }
        if (depth == 0) {
            break;
        }
    }
    std::string_view value = rest_.substr(0, at);
    rest_.remove_prefix(value.size());
    return value;
}

bool RawMembers::next(std::string_view* value)
{
    skip_blanks();
    if (!rest_.empty() && rest_.front() == ',') {
        rest_.remove_prefix(1);
        skip_blanks();
    }
    if (rest_.empty() || rest_.front() != '"') {
        return false;
    }
    rest_.remove_prefix(string_size(rest_));
    skip_blanks();
    if (rest_.empty() || rest_.front() != ':') {
        return false;
    }
    rest_.remove_prefix(1);
    skip_blanks();
    *value = take_value();
    return !value->empty();
}

Result<uint64_t> read_whole(std::string_view text, uint64_t most)
{
    uint64_t n = 0;
    if (text.size() > 19) {
        return Fault::kBadRequest;
    }
    for (char c : text) {
        if (c < '0' || c > '9') {
            return Fault::kBadRequest;
        }
        n = n * 10 + static_cast<uint64_t>(c - '0');
    }
    return n <= most ? Result<uint64_t>(n) : Fault::kBadRequest;
}

Result<uint64_t> read_ms(std::string_view text, uint64_t most)
{
    if (text.size() > 15) {
        return Fault::kBadRequest;
    }
    uint64_t ms = 0;
    int decimals = -1;
    for (char c : text) {
        if (c == '.' && decimals < 0) {
            decimals = 0;
        } else if (c < '0' || c > '9') {
            return Fault::kBadRequest;
        } else if (decimals < 3) {
            ms = ms * 10 + static_cast<uint64_t>(c - '0');
            decimals += decimals < 0 ? 0 : 1;
        }
    }
    for (int i = std::max(decimals, 0); i < 3; i++) {
        ms *= 10;
    }
    return ms <= most ? Result<uint64_t>(ms) : Fault::kBadRequest;
}

}  // namespace onair::room
