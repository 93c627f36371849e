#include "sound/icy_head.h"

#include <algorithm>

namespace onair::sound {

namespace {

constexpr std::string_view kMark = "ICY ";
constexpr std::string_view kGood = "ICY 200";

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_name(std::string_view text, std::string_view lowcase)
{
    return std::equal(text.begin(), text.end(), lowcase.begin(), lowcase.end(),
                      [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kSpace = " \t\r";
    size_t from = text.find_first_not_of(kSpace);
    if (from == std::string_view::npos) {
        return {};
    }
    return text.substr(from, text.find_last_not_of(kSpace) + 1 - from);
}

}  // namespace

IcyHead::State IcyHead::judge()
{
    std::string_view text = text_of(held());
    if (!text.starts_with(kMark.substr(0, text.size()))) {
        return State::kNone;
    }
    if (text.size() < kMark.size()) {
        return State::kBegins;
    }
    if (!text.starts_with(kGood.substr(0, text.size()))) {
        return State::kBad;
    }
    if (text.ends_with("\n\r\n") || text.ends_with("\n\n")) {
        return State::kWhole;
    }
    return size_ == kMost ? State::kBad : State::kReading;
}

IcyHead::State IcyHead::take(ConstBytes& in)
{
    while (!in.empty() &&
           (state_ == State::kBegins || state_ == State::kReading)) {
        bytes_[size_++] = in[0];
        in = in.subspan(1);
        state_ = judge();
    }
    return state_;
}

std::string_view IcyHead::value(std::string_view name) const
{
    std::string_view rest = text_of(held());
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        size_t colon = line.find(':');
        if (colon != std::string_view::npos &&
            is_name(trimmed(line.substr(0, colon)), name)) {
            return trimmed(line.substr(colon + 1));
        }
    }
    return {};
}

}  // namespace onair::sound
