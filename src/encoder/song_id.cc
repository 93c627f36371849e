#include "encoder/song_id.h"

#include <openssl/evp.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/utf8.h"
#include "encoder/lower_case.h"

namespace onair::encoder {

namespace {

constexpr size_t kCharacters = 150;
constexpr std::string_view kOffline = "stationoffline";
constexpr char32_t kCapitalDottedI = 0x130;

bool counts(char32_t c)
{
    constexpr std::u32string_view kLeftOut = U" -\"'\n\t\r";
    return kLeftOut.find(c) == std::u32string_view::npos;
}

void write_base(Writer& out, std::string_view text)
{
    for (size_t i = 0; i < kCharacters && !text.empty(); i++) {
        Utf8Char c = first_char(text);
        text.remove_prefix(std::max<size_t>(c.size, 1));
        if (c.size == 0) {
            out.put('?');
        } else if (c.code == kCapitalDottedI) {
            out.put("i\xcc\x87");  // the one letter that becomes two
        } else if (counts(c.code)) {
            put_utf8(out, lower_case(c.code));
        }
    }
}

}  // namespace

SongId song_id(std::string_view text)
{
    char room[4 * kCharacters];
    Writer out(room);
    write_base(out, text);
    std::string_view base = out.view().empty() ? kOffline : out.view();
    uint8_t digest[16] = {};
    // Nothing to be told where a library is without MD5 (FIPS): an id all the
    // same, equal for equal texts.
    if (EVP_Digest(base.data(), base.size(), digest, nullptr, EVP_md5(),
                   nullptr) != 1) {
        uint64_t halves[2] = {hash(base), hash_more(hash(base), base)};
        std::memcpy(digest, halves, sizeof(digest));
    }
    SongId id;
    for (size_t i = 0; i < sizeof(digest); i++) {
        id.digits[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        id.digits[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    return id;
}

}  // namespace onair::encoder
