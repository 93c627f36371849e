#include "azuracast/answer.h"

#include <algorithm>
#include <chrono>

#include "encoder/json.h"
#include "encoder/number.h"

namespace onair::azuracast {

using encoder::write_string;
using encoder::write_unsigned;

namespace {

// A date and a time of day in UTC.
struct Moment {
    unsigned year, month, day, hour, minute, second;
};

Moment moment_of(UnixMs clock)
{
    constexpr UnixMs kLast = 253402300799000;  // the year 9999
    std::chrono::sys_seconds at{
        std::chrono::seconds(std::clamp<UnixMs>(clock, 0, kLast) / 1000)};
    auto day = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day date(day);
    auto left = static_cast<unsigned>((at - day).count());
    return {static_cast<unsigned>(static_cast<int>(date.year())),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()),
            left / 3600,
            left / 60 % 60,
            left % 60};
}

void digits(Writer& out, unsigned number, size_t count)
{
    char text[4];
    for (size_t i = count; i-- > 0; number /= 10) {
        text[i] = static_cast<char>('0' + number % 10);
    }
    out.put({text, count});
}

void write_date(Writer& out, const Moment& at)
{
    digits(out, at.year, 4);
    out.put('-');
    digits(out, at.month, 2);
    out.put('-');
    digits(out, at.day, 2);
}

void write_clock(Writer& out, const Moment& at)
{
    digits(out, at.hour, 2);
    out.put(':');
    digits(out, at.minute, 2);
    out.put(':');
    digits(out, at.second, 2);
}

}  // namespace

void write_error(Writer& out, uint32_t code, std::string_view message)
{
    out.put("{\"code\":");
    write_unsigned(out, code);
    out.put(",\"type\":\"Error\",\"message\":");
    write_string(out, message);
    out.put(",\"formatted_message\":");
    write_string(out, message);
    out.put(",\"extra_data\":[],\"success\":false}");
}

void write_time(Writer& out, UnixMs clock)
{
    Moment at = moment_of(clock);
    out.put("{\"timestamp\":");
    write_unsigned(out,
                   static_cast<uint64_t>(std::max<UnixMs>(clock, 0)) / 1000);
    out.put(",\"utc_datetime\":\"");
    write_date(out, at);
    out.put(' ');
    write_clock(out, at);
    out.put("\",\"utc_date\":\"");
    write_date(out, at);
    out.put("\",\"utc_time\":\"");
    write_clock(out, at);
    out.put("\",\"utc_json\":\"");
    write_date(out, at);
    out.put('T');
    write_clock(out, at);
    out.put("+00:00\"}");
}

}  // namespace onair::azuracast
