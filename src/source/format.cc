#include "source/format.h"

#include "source/scalar.h"

namespace onair::source {

namespace {

bool is_said(std::string_view text)
{
    return text.find_first_not_of(" \t\r\n-") != std::string_view::npos;
}

}  // namespace

int64_t ReportList::count(std::string_view name, std::string_view text)
{
    int64_t value = count_of(text);
    if (value < 0 && is_said(text) && text[0] != '-') {
        note({name, "is no whole number"});
    }
    return value;
}

int64_t ReportList::duration(std::string_view name, std::string_view text)
{
    int64_t value = duration_of(text);
    // Zero, or less, is how sources say that they do not know.
    if (value < 0 && truth_of(text) && is_said(text) && text[0] != '-') {
        note({name, "is no number of seconds"});
    }
    return value;
}

UnixMs ReportList::time(std::string_view name, std::string_view text)
{
    UnixMs value = time_of(text);
    if (value == kNoTime && truth_of(text) && is_said(text)) {
        note({name, "is no time with its zone"});
    }
    return value;
}

void ReportList::note(const Odd& odd)
{
    if (odd_.why.empty()) {
        odd_ = odd;
    }
}

}  // namespace onair::source
