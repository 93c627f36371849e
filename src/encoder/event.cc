#include "encoder/event.h"

#include <algorithm>

#include "encoder/number.h"

namespace onair::encoder {

namespace {

// A field that must stay on its line: what would end the line (or, in an id,
// make clients ignore it) is left out.
void write_line(Writer& out, std::string_view field, std::string_view value)
{
    out.put(field);
    for (char c : value) {
        if (c != '\r' && c != '\n' && c != '\0') {
            out.put(c);
        }
    }
    out.put('\n');
}

size_t line_end(std::string_view text)
{
    auto ends = [](char c) { return c == '\r' || c == '\n'; };
    return static_cast<size_t>(std::find_if(text.begin(), text.end(), ends) -
                               text.begin());
}

}  // namespace

void write_event(Writer& out, std::string_view id, std::string_view name,
                 std::string_view text)
{
    // An empty id would make the client forget the one it has.
    if (!id.empty()) {
        write_line(out, "id: ", id);
    }
    if (!name.empty()) {
        write_line(out, "event: ", name);
    }
    for (;;) {
        size_t end = line_end(text);
        out.put("data: ");
        out.put(text.substr(0, end));
        out.put('\n');
        if (end == text.size()) {
            break;
        }
        bool pair = text.substr(end, 2) == "\r\n";
        text.remove_prefix(end + (pair ? 2 : 1));
    }
    out.put('\n');
}

void write_retry(Writer& out, uint32_t retry_ms)
{
    out.put("retry: ");
    write_unsigned(out, retry_ms);
    out.put('\n');
}

void write_comment(Writer& out)
{
    out.put(":\n");
}

void write_chunk(Writer& out, std::string_view body)
{
    // A chunk of size 0 would end the answer.
    if (body.empty()) {
        return;
    }
    write_hex(out, body.size(), 1);
    out.put("\r\n");
    out.put(body);
    out.put("\r\n");
}

std::string_view last_chunk()
{
    return "0\r\n\r\n";
}

}  // namespace onair::encoder
