#include "source/decimal.h"

namespace onair::source {

namespace {

constexpr uint64_t kMostDigits = 100000000000000000;  // a further one fits
// What no number of a source reaches, and no sum of such overflows.
constexpr int kMostExponent = 100000;

bool is_digit_at(std::string_view text, size_t at)
{
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// Digits from `at` on, each worth `step` places; returns where they end.
size_t take_digits(std::string_view text, size_t at, bool fraction,
                   Decimal* out)
{
    for (; is_digit_at(text, at); at++) {
        auto digit = static_cast<uint64_t>(text[at] - '0');
        if (out->digits < kMostDigits) {
            out->digits = out->digits * 10 + digit;
            out->exponent -= fraction ? 1 : 0;
            continue;
        }
        out->exact = out->exact && digit == 0;
        out->exponent += fraction ? 0 : 1;
    }
    return at;
}

// "e5", "E-3" at `at`; where it is none, nothing is taken.
size_t take_exponent(std::string_view text, size_t at, Decimal* out)
{
    if (at == text.size() || (text[at] | 32) != 'e') {
        return at;
    }
    size_t begin = at + 1;
    bool minus = begin < text.size() && text[begin] == '-';
    if (minus || (begin < text.size() && text[begin] == '+')) {
        begin++;
    }
    int value = 0;
    size_t end = begin;
    for (; is_digit_at(text, end); end++) {
        value = value < kMostExponent ? value * 10 + (text[end] - '0') : value;
    }
    if (end == begin) {
        return at;
    }
    out->exponent += minus ? -value : value;
    return end;
}

}  // namespace

std::optional<int64_t> Decimal::times_ten_to(int shift) const
{
    uint64_t value = digits;
    int left = exponent + shift;
    for (; left < 0 && value > 0; left++) {
        value /= 10;
    }
    for (; left > 0 && value > 0 && value <= kMostNumber; left--) {
        value *= 10;
    }
    if (value > kMostNumber) {
        return std::nullopt;
    }
    return static_cast<int64_t>(value);
}

std::optional<int64_t> Decimal::whole() const
{
    uint64_t value = digits;
    for (int left = exponent; left < 0 && value > 0; left++) {
        if (value % 10 != 0) {
            return std::nullopt;
        }
        value /= 10;
    }
    return exact ? times_ten_to(0) : std::nullopt;
}

std::optional<Decimal> take_decimal(std::string_view& text)
{
    size_t begin = text.starts_with('-') ? 1 : 0;
    if (!is_digit_at(text, begin)) {
        return std::nullopt;
    }
    // A source of 2 GB of digits is none: the exponent stays an int.
    Decimal out;
    size_t end = take_digits(text, begin, false, &out);
    if (end < text.size() && text[end] == '.' && is_digit_at(text, end + 1)) {
        end = take_digits(text, end + 1, true, &out);
    }
    end = take_exponent(text, end, &out);
    if (begin == 1 && (out.digits != 0 || !out.exact)) {
        return std::nullopt;
    }
    text.remove_prefix(end);
    return out;
}

}  // namespace onair::source
