// Any text in any set that is known: UTF-8 comes out, within its bound, and the
// same again after whatever came before.
#include <string>
#include <vector>

#include "base/utf8.h"
#include "check.h"
#include "source/charset.h"

using namespace onair;
using namespace onair::source;

namespace {

constexpr std::string_view kNames[] = {
    "latin1",       "iso-8859-2",   "iso-8859-5",  "iso-8859-8", "windows-1251",
    "windows-1255", "windows-1258", "windows-874", "koi8-r",     "cp866",
    "macintosh",    "shift_jis",    "euc-jp",      "euc-kr",     "big5",
    "gbk",          "gb18030",      "utf-16",      "utf-16le",   "utf-16be",
};

std::string converted(Charset charset, std::string_view text)
{
    std::vector<uint8_t> memory(Charset::kGrowth * text.size() + 16);
    Arena arena(memory);
    std::string_view utf8 = charset.to_utf8(text, arena);
    check(!arena.full() && utf8.size() <= Charset::kGrowth * text.size());
    check(is_utf8(utf8));
    return std::string(utf8);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    open_charsets();
    if (size == 0) {
        return 0;
    }
    std::vector<char> bytes(data + 1, data + size);
    std::string_view text(bytes.data(), bytes.size());
    static_cast<void>(charset_of(text));
    check(charset_in(text).size() <= text.size());
    std::optional<Charset> charset =
        charset_of(kNames[data[0] % std::size(kNames)]);
    check(charset.has_value());
    static_cast<void>(charset->is_utf8_after_all(text));
    std::string once = converted(*charset, text);
    check(once == converted(*charset, text));
    return 0;
}
