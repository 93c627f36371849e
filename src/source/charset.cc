#include "source/charset.h"

#include <iconv.h>

#include <algorithm>
#include <iterator>

#include "base/utf8.h"
#include "source/character.h"
#include "source/scalar.h"

namespace onair::source {

namespace {

constexpr std::string_view kLittleEndianMark = "\xff\xfe";
constexpr std::string_view kBigEndianMark = "\xfe\xff";

// As iconv calls them; the first two are ours.
constexpr const char* kSets[] = {
    "UTF-8",       "CP1252",      "ISO-8859-2",  "ISO-8859-3",  "ISO-8859-4",
    "ISO-8859-5",  "ISO-8859-6",  "ISO-8859-7",  "ISO-8859-8",  "ISO-8859-9",
    "ISO-8859-10", "ISO-8859-11", "ISO-8859-13", "ISO-8859-14", "ISO-8859-15",
    "ISO-8859-16", "CP1250",      "CP1251",      "CP1253",      "CP1254",
    "CP1255",      "CP1256",      "CP1257",      "CP1258",      "CP874",
    "KOI8-R",      "KOI8-U",      "CP437",       "CP850",       "CP852",
    "CP866",       "MACINTOSH",   "CP932",       "EUC-JP",      "CP949",
    "BIG5",        "GBK",         "GB18030",     "UTF-16LE",    "UTF-16BE",
    "UTF-16",
};
constexpr size_t kCount = std::size(kSets);
constexpr uint8_t kLatin1 = 1;

// From this one on a character may be several bytes long.
constexpr std::string_view kFirstOfMany = "CP932";
// And from this one on each byte belongs to a unit of two.
constexpr std::string_view kFirstWide = "UTF-16LE";

struct Name {
    std::string_view name;  // lower case, letters and digits only
    std::string_view set;
};

constexpr Name kNames[] = {
    {"ascii", "UTF-8"},
    {"big5", "BIG5"},
    {"big5hkscs", "BIG5"},
    {"cp1250", "CP1250"},
    {"cp1251", "CP1251"},
    {"cp1252", "CP1252"},
    {"cp1253", "CP1253"},
    {"cp1254", "CP1254"},
    {"cp1255", "CP1255"},
    {"cp1256", "CP1256"},
    {"cp1257", "CP1257"},
    {"cp1258", "CP1258"},
    {"cp437", "CP437"},
    {"cp850", "CP850"},
    {"cp852", "CP852"},
    {"cp866", "CP866"},
    {"cp874", "CP874"},
    {"cp932", "CP932"},
    {"cp936", "GBK"},
    {"cp949", "CP949"},
    {"cp950", "BIG5"},
    {"euccn", "GBK"},
    {"eucjp", "EUC-JP"},
    {"euckr", "CP949"},
    {"gb18030", "GB18030"},
    {"gb2312", "GBK"},
    {"gbk", "GBK"},
    {"ibm437", "CP437"},
    {"ibm850", "CP850"},
    {"ibm852", "CP852"},
    {"ibm866", "CP866"},
    {"iso88591", "CP1252"},
    {"iso885910", "ISO-8859-10"},
    {"iso885911", "ISO-8859-11"},
    {"iso885913", "ISO-8859-13"},
    {"iso885914", "ISO-8859-14"},
    {"iso885915", "ISO-8859-15"},
    {"iso885916", "ISO-8859-16"},
    {"iso88592", "ISO-8859-2"},
    {"iso88593", "ISO-8859-3"},
    {"iso88594", "ISO-8859-4"},
    {"iso88595", "ISO-8859-5"},
    {"iso88596", "ISO-8859-6"},
    {"iso88597", "ISO-8859-7"},
    {"iso88598", "ISO-8859-8"},
    {"iso88599", "ISO-8859-9"},
    {"koi8", "KOI8-R"},
    {"koi8r", "KOI8-R"},
    {"koi8u", "KOI8-U"},
    {"ksc5601", "CP949"},
    {"l1", "CP1252"},
    {"l2", "ISO-8859-2"},
    {"latin1", "CP1252"},
    {"latin10", "ISO-8859-16"},
    {"latin2", "ISO-8859-2"},
    {"latin3", "ISO-8859-3"},
    {"latin4", "ISO-8859-4"},
    {"latin5", "ISO-8859-9"},
    {"latin6", "ISO-8859-10"},
    {"latin7", "ISO-8859-13"},
    {"latin8", "ISO-8859-14"},
    {"latin9", "ISO-8859-15"},
    {"macintosh", "MACINTOSH"},
    {"macroman", "MACINTOSH"},
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
    {"tis620", "CP874"},
    {"uhc", "CP949"},
    {"usascii", "UTF-8"},
    {"utf16", "UTF-16"},
    {"utf16be", "UTF-16BE"},
    {"utf16le", "UTF-16LE"},
    {"utf8", "UTF-8"},
    {"win1250", "CP1250"},
    {"win1251", "CP1251"},
    {"win1252", "CP1252"},
    {"windows1250", "CP1250"},
    {"windows1251", "CP1251"},
    {"windows1252", "CP1252"},
    {"windows1253", "CP1253"},
    {"windows1254", "CP1254"},
    {"windows1255", "CP1255"},
    {"windows1256", "CP1256"},
    {"windows1257", "CP1257"},
    {"windows1258", "CP1258"},
    {"windows31j", "CP932"},
    {"windows874", "CP874"},
    {"xeucjp", "EUC-JP"},
    {"xsjis", "CP932"},
};

static_assert(std::is_sorted(std::begin(kNames), std::end(kNames),
                             [](const Name& a, const Name& b) {
                                 return a.name < b.name;
                             }));

constexpr size_t kMaxCharsetName = 20;

constexpr uint8_t index_of(std::string_view set)
{
    const char* const* at =
        std::find_if(std::begin(kSets), std::end(kSets),
                     [set](const char* one) { return set == one; });
    return static_cast<uint8_t>(at - std::begin(kSets));
}

// One descriptor a set, for as long as the process lives. A conversion begins
// by resetting it, so that nothing of one text reaches another.
class Opened {
  public:
    void open()
    {
        if (done_) {
            return;
        }
        done_ = true;
        for (size_t i = kLatin1 + 1; i < kCount; i++) {
            iconv_t descriptor = iconv_open("UTF-8", kSets[i]);
            // NOLINTNEXTLINE(performance-no-int-to-ptr): how iconv says no
            has_[i] = descriptor != iconv_t(-1);
            descriptors_[i] = descriptor;
        }
    }
    bool has(uint8_t index) const { return index <= kLatin1 || has_[index]; }
    iconv_t at(uint8_t index) const { return descriptors_[index]; }

  private:
    bool done_ = false;
    bool has_[kCount] = {};
    iconv_t descriptors_[kCount] = {};
};

Opened opened;

void put_latin_1(std::string_view text, Writer& out)
{
    for (char c : text) {
        put_utf8(out, from_windows_1252(static_cast<uint8_t>(c)));
    }
}

constexpr uint8_t kWide = index_of(kFirstWide);

// The byte order mark tells, and without one the zero of an ASCII character.
uint8_t in_order(uint8_t index, std::string_view text)
{
    constexpr uint8_t kLittle = index_of("UTF-16LE");
    constexpr uint8_t kBig = index_of("UTF-16BE");
    if (text.starts_with(kLittleEndianMark)) {
        return kLittle;
    }
    if (text.starts_with(kBigEndianMark)) {
        return kBig;
    }
    if (index != index_of("UTF-16")) {
        return index;
    }
    return text.starts_with('\0') ? kBig : kLittle;
}

std::string_view without_mark(std::string_view text)
{
    return has_wide_mark(text) ? text.substr(2) : text;
}

// A character of these sets is four bytes long at most.
constexpr size_t kLongestChar = 4;
constexpr char32_t kReplacement = 0xfffd;

void put_converted(uint8_t index, std::string_view text, Writer& out)
{
    constexpr uint8_t kMany = index_of(kFirstOfMany);
    iconv_t descriptor = opened.at(index);
    iconv(descriptor, nullptr, nullptr, nullptr, nullptr);
    // iconv() does not write to its input.
    char* in = const_cast<char*>(text.data());
    size_t left = text.size();
    char room[1024];
    while (left > 0) {
        char* to = room;
        size_t free = sizeof(room);
        size_t before = left;
        iconv(descriptor, &in, &left, &to, &free);
        out.put({room, sizeof(room) - free});
        if (left != before || free != sizeof(room)) {
            continue;
        }
        if (index >= kMany && left < kLongestChar) {
            break;  // the begin of a character
        }
        put_utf8(out, kReplacement);
        size_t bad = index >= kWide ? 2 : 1;
        in += bad;
        left -= bad;
    }
    // Some hold the last character back, for an accent that may follow.
    char* to = room;
    size_t free = sizeof(room);
    iconv(descriptor, nullptr, nullptr, &to, &free);
    out.put({room, sizeof(room) - free});
}

}  // namespace

void open_charsets()
{
    opened.open();
}

std::optional<Charset> charset_of(std::string_view name)
{
    char room[kMaxCharsetName];
    Writer out(room);
    for (char c : name) {
        if (c >= 'A' && c <= 'Z') {
            out.put(static_cast<char>(c | 32));
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            out.put(c);
        } else if (std::string_view("-_. :").find(c) ==
                   std::string_view::npos) {
            return std::nullopt;
        }
    }
    if (name.empty()) {
        return Charset();
    }
    const Name* at = std::lower_bound(
        std::begin(kNames), std::end(kNames), out.view(),
        [](const Name& a, std::string_view b) { return a.name < b; });
    if (!out.ok() || at == std::end(kNames) || at->name != out.view()) {
        return std::nullopt;
    }
    uint8_t index = index_of(at->set);
    if (!opened.has(index)) {
        return std::nullopt;
    }
    return Charset(index);
}

std::string_view Charset::to_utf8(std::string_view text, Arena& arena) const
{
    if (is_utf8() || (!is_utf16() && is_plain_ascii(text))) {
        return text;
    }
    uint8_t index = index_;
    if (is_utf16()) {
        index = in_order(index, text);
        text = without_mark(text);
    }
    return arena.make_text(kGrowth * text.size(), [index, text](Writer& out) {
        if (index == kLatin1) {
            put_latin_1(text, out);
        } else {
            put_converted(index, text, out);
        }
    });
}

bool Charset::is_utf16() const
{
    return index_ >= kWide;
}

bool Charset::is_utf8_after_all(std::string_view text) const
{
    return onair::is_utf8(text) &&
           (!is_utf16() || std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<uint8_t>(c) < 0x09;
           }));
}

bool has_wide_mark(std::string_view text)
{
    return text.starts_with(kLittleEndianMark) ||
           text.starts_with(kBigEndianMark);
}

bool is_plain_ascii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        auto byte = static_cast<uint8_t>(c);
        return byte < 0x80 && byte != 0x1b && byte != 0;
    });
}

std::string_view charset_in(std::string_view media_type)
{
    constexpr std::string_view kBlanks = " \t";
    constexpr std::string_view kName = "charset=";
    size_t semicolon = media_type.find(';');
    while (semicolon != std::string_view::npos) {
        media_type.remove_prefix(semicolon + 1);
        size_t begin = media_type.find_first_not_of(kBlanks);
        semicolon = media_type.find(';');
        std::string_view one = media_type.substr(0, semicolon);
        one.remove_prefix(std::min(begin, one.size()));
        if (!equals_ignoring_case(one.substr(0, kName.size()), kName)) {
            continue;
        }
        one.remove_prefix(kName.size());
        size_t end = one.find_last_not_of(" \t\"'");
        size_t first = one.find_first_not_of("\"'");
        return end == std::string_view::npos || first > end
                   ? std::string_view()
                   : one.substr(first, end + 1 - first);
    }
    return {};
}

}  // namespace onair::source
