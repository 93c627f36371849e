// Decimal numbers as sources write them (RFC 8259's grammar, leading zeros
// besides): digits, a fraction, an exponent, without a float in between. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace onair::source {

// Largest number that is kept: what every reader of JSON holds exactly.
inline constexpr int64_t kMostNumber = int64_t{1} << 53;

// digits * 10^exponent, zero or more.
struct Decimal {
    uint64_t digits = 0;
    int exponent = 0;
    bool exact = true;  // false: digits past the 18th were dropped

    // The number times 10^shift, rounded down; none past kMostNumber.
    std::optional<int64_t> times_ten_to(int shift) const;
    // The same where it is a whole number, else none.
    std::optional<int64_t> whole() const;
};

// Takes a number off the begin of `text`; none where no digit begins it or it
// is less than zero, and then nothing is taken.
std::optional<Decimal> take_decimal(std::string_view& text);

}  // namespace onair::source
