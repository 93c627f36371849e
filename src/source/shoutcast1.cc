// /7.html of SHOUTcast 1 and 2: listeners,status,peak,max,unique,bitrate,title
// in the body of a page, or with no page around it.
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

constexpr size_t npos = std::string_view::npos;
constexpr size_t kNumbers = 6;

size_t find_tag(std::string_view body, std::string_view tag)
{
    for (size_t at = body.find('<'); at != npos; at = body.find('<', at + 1)) {
        if (equals_ignoring_case(body.substr(at, tag.size()), tag)) {
            return at;
        }
    }
    return npos;
}

std::string_view inner(std::string_view body)
{
    size_t begin = find_tag(body, "<body");
    size_t inside = begin == npos ? npos : body.find('>', begin);
    if (inside != npos) {
        body.remove_prefix(inside + 1);
    }
    return body.substr(0, find_tag(body, "</body"));
}

struct Fields {
    int64_t numbers[kNumbers];
    std::string_view title;
};

bool take_fields(std::string_view body, Fields* out)
{
    std::string_view rest = inner(body);
    for (int64_t& number : out->numbers) {
        size_t comma = rest.find(',');
        if (comma == npos) {
            return false;
        }
        number = count_of(rest.substr(0, comma));
        if (number < 0) {
            return false;
        }
        rest.remove_prefix(comma + 1);
    }
    out->title = rest;
    return true;
}

}  // namespace

bool is_shoutcast1(std::string_view body)
{
    Fields fields;
    return take_fields(body, &fields);
}

Outcome read_shoutcast1(std::string_view body, ReportList& list)
{
    Fields fields;
    if (!take_fields(body, &fields)) {
        return Fault::kUnknownFormat;
    }
    const auto& numbers = fields.numbers;
    Report* report = list.only();
    if (report == nullptr) {
        return Fault::kNoMemory;
    }
    report->on_air = numbers[1] == 1;
    report->listeners = {numbers[0], numbers[2], numbers[4]};
    report->stream.bitrate = numbers[5] > 0 ? numbers[5] : -1;
    if (report->on_air) {
        // The server escapes for HTML, whatever titles hold themselves.
        Repair repair = list.repair();
        repair.entities = true;
        report->now.text = fields.title;
        finish(report->now, repair, list.arena());
    }
    return Done{};
}

}  // namespace onair::source
