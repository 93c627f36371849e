// Any bytes for a text: what comes out is clean UTF-8 within the limit, and
// the kit finds nothing more to do about it.
#include <vector>

#include "base/utf8.h"
#include "check.h"
#include "source/character.h"
#include "source/repair.h"
#include "source/track.h"
#include "source/url.h"

using namespace onair;
using namespace onair::source;

namespace {

void check_clean(std::string_view text, size_t limit)
{
    check(text.size() <= limit && is_utf8(text));
    bool blank = true;
    while (!text.empty()) {
        Utf8Char next = first_char(text);
        check(!is_forbidden(next.code));
        check(!is_blank(next.code) || (next.code == ' ' && !blank));
        blank = is_blank(next.code);
        text.remove_prefix(next.size);
        check(!text.empty() || !blank);
    }
}

Repair switches(uint8_t bits)
{
    return {(bits & 1) == 0, (bits & 2) == 0, (bits & 4) == 0, (bits & 8) == 0,
            (bits & 16) == 0};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    Repair repair = switches(data[0]);
    size_t limit = size_t{1} + data[1] * 4;
    std::vector<char> bytes(data + 2, data + size);
    std::string_view text(bytes.data(), bytes.size());
    std::vector<uint8_t> memory(64 * 1024);
    Arena arena(memory);

    std::string_view once = clean(text, limit, repair, arena);
    check_clean(once, limit);
    // A reference is decoded once and once only, so the second time without.
    Repair rest = repair;
    rest.entities = false;
    rest.double_utf8 = false;
    check(clean(once, limit, rest, arena) == once);

    std::string_view url = clean_url(text, kMaxUrl, arena);
    check(url.size() <= kMaxUrl);
    check(clean_url(url, kMaxUrl, arena) == url);
    std::string_view name = station_name(text);
    check(name.size() <= kMaxName && is_utf8(name));

    Track track;
    size_t cut = bytes.size() / 2;
    track.text = data[0] & 32 ? text : std::string_view();
    track.title = text.substr(0, cut);
    track.artist = data[0] & 64 ? text.substr(cut) : std::string_view();
    finish(track, repair, arena);
    check_clean(track.text, kMaxText);
    check_clean(track.title, kMaxText);
    check_clean(track.artist, kMaxText);
    check(!arena.full());
    return 0;
}
