#include "encoder/json.h"

#include "base/utf8.h"
#include "encoder/number.h"

namespace onair::encoder {

namespace {

bool plain(char c)
{
    auto byte = static_cast<uint8_t>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\' && c != '<';
}

size_t plain_run(std::string_view text)
{
    size_t size = 0;
    while (size < text.size() && plain(text[size])) {
        size++;
    }
    return size;
}

void write_escaped(Writer& out, char c)
{
    switch (c) {
        case '"':
            out.put("\\\"");
            return;
        case '\\':
            out.put("\\\\");
            return;
        case '\n':
            out.put("\\n");
            return;
        case '\r':
            out.put("\\r");
            return;
        case '\t':
            out.put("\\t");
            return;
        default:
            out.put("\\u");
            write_hex(out, static_cast<uint8_t>(c), 4);
    }
}

}  // namespace

void write_string(Writer& out, std::string_view text)
{
    out.put('"');
    while (!text.empty()) {
        size_t run = plain_run(text);
        out.put(text.substr(0, run));
        text.remove_prefix(run);
        if (text.empty()) {
            break;
        }
        size_t size = first_char(text).size;
        if (size == 0) {
            out.put("\xef\xbf\xbd");
            size = 1;
        } else if (size == 1) {
            write_escaped(out, text[0]);
        } else {
            out.put(text.substr(0, size));
        }
        text.remove_prefix(size);
    }
    out.put('"');
}

void write_text(Writer& out, std::string_view text)
{
    if (text.empty()) {
        out.put("null");
    } else {
        write_string(out, text);
    }
}

void write_count(Writer& out, int64_t value)
{
    if (value < 0) {
        out.put("null");
    } else {
        write_unsigned(out, static_cast<uint64_t>(value));
    }
}

}  // namespace onair::encoder
