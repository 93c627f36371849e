// type=text: one line, "Artist - Title", as SHOUTcast's /currentsong answers
// and as automation systems write it into a file. One station, the poll
// location's, which is on air as long as the line can be had. No document is
// known by being a line of text, as the page of an error is one too: only where
// asked for.
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

// A title of kMaxText, each byte of it a reference, and some blanks around it.
constexpr size_t kMostBytes = size_t{64} * 1024;
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view without_mark(std::string_view body)
{
    return body.starts_with("\xef\xbb\xbf") ? body.substr(3) : body;
}

std::string_view trimmed(std::string_view text)
{
    size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

// A page or a document instead of a line.
bool is_document(std::string_view line)
{
    for (std::string_view begin :
         {"<!", "<?", "<html", "<head", "<body", "<icestats", "<shoutcast",
          "{\"", "[{", "[\"", "[["}) {
        if (equals_ignoring_case(line.substr(0, begin.size()), begin)) {
            return true;
        }
    }
    return false;
}

bool is_binary(std::string_view line)
{
    return line.find('\0') != std::string_view::npos;
}

}  // namespace

Outcome read_text(std::string_view body, ReportList& list)
{
    if (body.size() > kMostBytes) {
        return Fault::kTooLarge;
    }
    std::string_view line = trimmed(without_mark(body));
    if (is_document(line) || is_binary(line)) {
        return Fault::kUnknownFormat;
    }
    if (line.find_first_of("\r\n") != std::string_view::npos) {
        return Fault::kSeveralLines;
    }
    Report* report = list.only();
    if (report == nullptr) {
        return Fault::kNoMemory;
    }
    report->on_air = true;
    report->now.text = line;
    finish(report->now, list.repair(), list.arena());
    return Done{};
}

}  // namespace onair::source
