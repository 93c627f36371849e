#include "subscriber/field.h"

#include <algorithm>

namespace onair::subscriber {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

bool is_letter(char c)
{
    char small = lower(c);
    return small >= 'a' && small <= 'z';
}

// Where the separator stands, or the end of the text. A quoted string that
// does not end goes on to the end.
size_t part_end(std::string_view text, char separator)
{
    bool quoted = false;
    for (size_t i = 0; i < text.size(); i++) {
        if (quoted && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == separator && !quoted) {
            return i;
        }
    }
    return text.size();
}

}  // namespace

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

bool equal_fold(std::string_view a, std::string_view b)
{
    return a.size() == b.size() &&
           (a == b ||
            std::equal(a.begin(), a.end(), b.begin(),
                       [](char x, char y) { return lower(x) == lower(y); }));
}

bool is_digits(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c >= '0' && c <= '9';
    });
}

bool is_token(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || kDigits.find(c) != std::string_view::npos ||
               kTokenMarks.find(c) != std::string_view::npos;
    });
}

bool Parts::next(std::string_view* part)
{
    if (!more_) {
        return false;
    }
    size_t end = part_end(rest_, separator_);
    *part = trim(rest_.substr(0, end));
    more_ = end < rest_.size();
    rest_.remove_prefix(more_ ? end + 1 : end);
    return true;
}

bool has_token(std::string_view list, std::string_view token)
{
    if (equal_fold(list, token)) {
        return true;  // the only one of it, as nearly always
    }
    Parts parts(list, ',');
    for (std::string_view part; parts.next(&part);) {
        if (equal_fold(part, token)) {
            return true;
        }
    }
    return false;
}

}  // namespace onair::subscriber
