#include "encoder/number.h"

#include <algorithm>
#include <charconv>

namespace onair::encoder {

namespace {

void write_padded(Writer& out, uint64_t value, int base, size_t digits)
{
    char text[24];
    char* end = std::to_chars(text, text + sizeof(text), value, base).ptr;
    size_t size = static_cast<size_t>(end - text);
    for (size_t i = size; i < digits; i++) {
        out.put('0');
    }
    out.put(std::string_view(text, size));
}

}  // namespace

void write_unsigned(Writer& out, uint64_t value)
{
    write_padded(out, value, 10, 1);
}

void write_hex(Writer& out, uint64_t value, size_t digits)
{
    write_padded(out, value, 16, digits);
}

void write_seconds(Writer& out, int64_t ms)
{
    uint64_t value = static_cast<uint64_t>(std::max<int64_t>(ms, 0));
    write_padded(out, value / 1000, 10, 1);
    out.put('.');
    write_padded(out, value % 1000, 10, 3);
}

}  // namespace onair::encoder
