#include "source/scalar.h"

#include <algorithm>
#include <iterator>

namespace onair::source {

namespace {

constexpr int64_t kMost = int64_t{1} << 53;

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

bool is_date(const Moment& m)
{
    return m.year >= 1970 && m.year <= 9999 && m.month >= 1 && m.month <= 12 &&
           m.day >= 1 && m.day <= 31;
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
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + scan.fraction();
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
        return sign * (hours * 3600 + minutes * 60);
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
    return (days_to(m.year, m.month, m.day) * 86400 - *zone) * 1000 + m.ms;
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
    Scanner scan(text);
    int64_t value = scan.number(15);
    int64_t fraction = scan.fraction();
    if (!scan.ok() || !scan.at_end() || value <= 0) {
        return kNoTime;
    }
    return value > 100000000000 ? value : value * 1000 + fraction;
}

std::string_view trimmed(std::string_view text)
{
    size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

}  // namespace

int64_t count_of(std::string_view text)
{
    text = trimmed(text);
    Scanner scan(text);
    int64_t value = scan.number(16);
    return scan.ok() && !scan.is_digit() && value <= kMost ? value : -1;
}

int64_t bitrate_of(std::string_view text)
{
    int64_t value = count_of(text);
    if (value <= 0) {
        return -1;
    }
    return value >= 10000 ? value / 1000 : value;
}

int64_t duration_of(std::string_view text)
{
    Scanner scan(trimmed(text));
    int64_t value = scan.number(9);
    for (int i = 0; i < 2 && scan.accept(':'); i++) {
        value = value * 60 + scan.number(2);
    }
    int64_t ms = value * 1000 + scan.fraction();
    return scan.ok() && scan.at_end() && ms > 0 ? ms : -1;
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
        "",   "0",    "false",   "off",  "offline",
        "no", "null", "stopped", "stop", "down",
    };
    text = trimmed(text);
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
