#include "source/scalar.h"

#include <algorithm>
#include <iterator>

#include "source/decimal.h"

namespace onair::source {

namespace {

constexpr int64_t kMinute = 60;
constexpr int64_t kHour = 3600;
constexpr int64_t kDay = 86400;

// Takes things off the begin of a text; once something was missing, ok() is
// false for good.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool ok() const { return ok_; }
    bool at_end() const { return text_.empty(); }
    char peek() const { return text_.empty() ? '\0' : text_[0]; }

    bool accept(char c)
    {
        if (peek() != c || text_.empty()) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }

    void expect(std::string_view any_of)
    {
        if (text_.empty() || any_of.find(text_[0]) == std::string_view::npos) {
            ok_ = false;
            return;
        }
        text_.remove_prefix(1);
    }

    void require(bool holds) { ok_ = ok_ && holds; }

    void blanks()
    {
        while (accept(' ')) {
        }
    }

    bool is_digit() const { return peek() >= '0' && peek() <= '9'; }

    // A number of at least one digit and at most `digits`.
    int64_t number(int digits)
    {
        int64_t value = 0;
        ok_ = ok_ && is_digit();
        for (; digits > 0 && is_digit(); digits--) {
            value = value * 10 + (text_[0] - '0');
            text_.remove_prefix(1);
        }
        return value;
    }

    // ".5" and the like, in milliseconds.
    int64_t fraction()
    {
        int64_t value = 0;
        if (!accept('.')) {
            return 0;
        }
        for (int64_t unit = 100; is_digit(); unit /= 10) {
            value += unit * (text_[0] - '0');
            text_.remove_prefix(1);
        }
        return value;
    }

    std::string_view word()
    {
        size_t size = 0;
        while (size < text_.size() && ((text_[size] | 32) >= 'a') &&
               ((text_[size] | 32) <= 'z')) {
            size++;
        }
        std::string_view taken = text_.substr(0, size);
        text_.remove_prefix(size);
        return taken;
    }

  private:
    std::string_view text_;
    bool ok_ = true;
};

// Days from 1970-01-01 to a date of the Gregorian calendar.
int64_t days_to(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2 ? 1 : 0;
    int64_t era = year / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

struct Moment {
    int64_t year = 0, month = 0, day = 0, ms = 0;
};

int64_t days_in(int64_t year, int64_t month)
{
    return days_to(month == 12 ? year + 1 : year, month % 12 + 1, 1) -
           days_to(year, month, 1);
}

bool is_date(const Moment& m)
{
    return m.year >= 1970 && m.year <= 9999 && m.month >= 1 && m.month <= 12 &&
           m.day >= 1 && m.day <= days_in(m.year, m.month);
}

int64_t clock(Scanner& scan)
{
    int64_t hours = scan.number(2);
    scan.expect(":");
    int64_t minutes = scan.number(2);
    int64_t seconds = 0;
    if (scan.accept(':')) {
        seconds = scan.number(2);
    }
    // A leap second is the first of the next minute.
    scan.require(hours < 24 && minutes < 60 && seconds <= 60);
    return (hours * kHour + minutes * kMinute + seconds) * 1000 +
           scan.fraction();
}

std::optional<int64_t> zone_at(Scanner& scan, std::optional<int> otherwise)
{
    scan.blanks();
    if (scan.at_end()) {
        return otherwise;
    }
    if (scan.peek() == '+' || scan.peek() == '-') {
        int64_t sign = scan.accept('-') ? -1 : 1;
        scan.accept('+');
        int64_t hours = scan.number(2);
        scan.accept(':');
        int64_t minutes = scan.is_digit() ? scan.number(2) : 0;
        scan.require(hours < 16 && minutes < 60);
        return sign * (hours * kHour + minutes * kMinute);
    }
    std::string_view word = scan.word();
    if (word == "Z" || word == "GMT" || word == "UTC" || word == "UT") {
        return 0;
    }
    return std::nullopt;
}

UnixMs finished(Scanner& scan, const Moment& m, std::optional<int> otherwise)
{
    std::optional<int64_t> zone = zone_at(scan, otherwise);
    if (!scan.ok() || !scan.at_end() || !zone || !is_date(m)) {
        return kNoTime;
    }
    UnixMs time =
        (days_to(m.year, m.month, m.day) * kDay - *zone) * 1000 + m.ms;
    return std::max(time, kNoTime);
}

UnixMs iso_time(std::string_view text, std::optional<int> zone)
{
    Scanner scan(text);
    Moment m;
    m.year = scan.number(4);
    scan.expect("-/");
    m.month = scan.number(2);
    scan.expect("-/");
    m.day = scan.number(2);
    scan.expect("T ");
    m.ms = clock(scan);
    return finished(scan, m, zone);
}

UnixMs mail_time(std::string_view text, std::optional<int> zone)
{
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    Scanner scan(text);
    Moment m;
    scan.word();
    scan.expect(",");
    scan.blanks();
    m.day = scan.number(2);
    scan.expect(" ");
    std::string_view word = scan.word();
    size_t at = word.size() == 3 ? kMonths.find(word) : kMonths.npos;
    m.month = at == kMonths.npos ? 0 : static_cast<int64_t>(at / 3) + 1;
    scan.expect(" ");
    m.year = scan.number(4);
    scan.expect(" ");
    m.ms = clock(scan);
    return finished(scan, m, zone);
}

UnixMs number_time(std::string_view text)
{
    constexpr UnixMs kLeastMs = 100000000000;
    constexpr UnixMs kLongest = 1000000000000000;
    std::optional<Decimal> number = take_decimal(text);
    if (!number || !text.empty()) {
        return kNoTime;
    }
    UnixMs value = number->times_ten_to(0).value_or(kLongest);
    if (value >= kLongest) {
        return kNoTime;
    }
    return value > kLeastMs ? value : number->times_ten_to(3).value_or(kNoTime);
}

std::string_view trimmed(std::string_view text)
{
    size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

enum class Unit : uint8_t { kUnsaid, kKilobits, kBits };

struct UnitWord {
    std::string_view word;
    Unit unit;
};

std::optional<Unit> unit_of(std::string_view text)
{
    constexpr UnitWord kUnits[] = {
        {"", Unit::kUnsaid},         {"k", Unit::kKilobits},
        {"kbps", Unit::kKilobits},   {"kb/s", Unit::kKilobits},
        {"kbit/s", Unit::kKilobits}, {"kbits/s", Unit::kKilobits},
        {"kbit", Unit::kKilobits},   {"kbits", Unit::kKilobits},
        {"bps", Unit::kBits},        {"bit/s", Unit::kBits},
        {"bits/s", Unit::kBits},
    };
    for (const UnitWord& unit : kUnits) {
        if (equals_ignoring_case(text, unit.word)) {
            return unit.unit;
        }
    }
    return std::nullopt;
}

}  // namespace

int64_t count_of(std::string_view text)
{
    text = trimmed(text);
    std::optional<Decimal> number = take_decimal(text);
    return number && text.empty() ? number->whole().value_or(-1) : -1;
}

int64_t bitrate_of(std::string_view text)
{
    text = trimmed(text);
    std::optional<Decimal> number = take_decimal(text);
    std::optional<Unit> unit = unit_of(trimmed(text));
    int64_t value = number && unit ? number->times_ten_to(0).value_or(-1) : -1;
    if (value <= 0) {
        return -1;
    }
    bool bits =
        *unit == Unit::kBits || (*unit == Unit::kUnsaid && value >= 10000);
    value = bits ? value / 1000 : value;
    return value > 0 ? value : -1;
}

int64_t duration_of(std::string_view text)
{
    constexpr int64_t kLongest = 1000000000;
    text = trimmed(text);
    if (text.find(':') == std::string_view::npos) {
        std::optional<Decimal> number = take_decimal(text);
        int64_t ms =
            number && text.empty() ? number->times_ten_to(3).value_or(-1) : -1;
        return ms > 0 && ms < kLongest * 1000 ? ms : -1;
    }
    Scanner scan(text);
    int64_t value = scan.number(7);
    for (int i = 0; i < 2 && scan.accept(':'); i++) {
        int64_t part = scan.number(2);
        scan.require(part < 60);
        value = value * 60 + part;
    }
    int64_t ms = value * 1000 + scan.fraction();
    return scan.ok() && scan.at_end() && ms > 0 && ms < kLongest * 1000 ? ms
                                                                        : -1;
}

UnixMs time_of(std::string_view text, std::optional<int> zone)
{
    text = trimmed(text);
    if (text.size() > 4 && (text[4] == '-' || text[4] == '/')) {
        return iso_time(text, zone);
    }
    if (text.find(',') != std::string_view::npos) {
        return mail_time(text, zone);
    }
    return number_time(text);
}

bool truth_of(std::string_view text)
{
    constexpr std::string_view kFalse[] = {
        "", "false", "off", "offline", "no", "null", "stopped", "stop", "down",
    };
    text = trimmed(text);
    std::string_view rest = text;
    std::optional<Decimal> number = take_decimal(rest);
    if (number && rest.empty()) {
        return number->digits != 0;
    }
    return std::none_of(
        std::begin(kFalse), std::end(kFalse),
        [text](std::string_view f) { return equals_ignoring_case(text, f); });
}

bool equals_ignoring_case(std::string_view a, std::string_view b)
{
    auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [lower](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace onair::source
