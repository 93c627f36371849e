// type=text: one line, "Artist - Title", as SHOUTcast's /currentsong answers
// and as automation systems write it into a file. One station, the poll
// location's, which is on air as long as the line can be had. No document is
// known by being a line of text, as the page of an error is one too: only where
// asked for.
#include "base/utf8.h"
#include "source/format.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

// A title of kMaxText, each byte of it a reference, and some blanks around it.
constexpr size_t kMostBytes = size_t{64} * 1024;
constexpr std::string_view kBlanks = " \t\r\n";

// Windows writes files as UTF-16 with a mark in front; the marks of UTF-8 and
// of that go.
class Utf16 {
  public:
    explicit Utf16(std::string_view body)
        : rest_(body.substr(2)), big_(body[0] == '\xfe')
    {}

    static bool is(std::string_view body)
    {
        return body.starts_with("\xff\xfe") || body.starts_with("\xfe\xff");
    }

    void put(Writer& out)
    {
        while (rest_.size() >= 2) {
            char32_t code = unit();
            if (code >= 0xd800 && code < 0xdc00 && rest_.size() >= 2) {
                char32_t low = unit();
                code = low >= 0xdc00 && low < 0xe000
                           ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
                           : 0xfffd;
            }
            bool half = code >= 0xd800 && code < 0xe000;
            put_utf8(out, half ? 0xfffd : code);
        }
    }

  private:
    char32_t unit()
    {
        auto first = static_cast<uint8_t>(rest_[0]);
        auto second = static_cast<uint8_t>(rest_[1]);
        rest_.remove_prefix(2);
        return static_cast<char32_t>(big_ ? first << 8 | second
                                          : second << 8 | first);
    }

    std::string_view rest_;
    bool big_;
};

std::string_view as_bytes(std::string_view body, Arena& arena)
{
    if (Utf16::is(body)) {
        return arena.make_text(body.size() * 2,
                               [body](Writer& out) { Utf16(body).put(out); });
    }
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
    std::string_view line = trimmed(as_bytes(body, list.arena()));
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
