#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/track.h"

using namespace onair;
using namespace onair::source;

namespace {

struct Case {
    std::string text, artist, title;           // as sent
    std::string to_text, to_artist, to_title;  // as told
};

void check(const std::vector<Case>& cases, const Repair& repair = Repair())
{
    for (const Case& one : cases) {
        std::vector<uint8_t> memory(65536);
        Arena arena(memory);
        Track track;
        track.text = one.text;
        track.artist = one.artist;
        track.title = one.title;
        finish(track, repair, arena);
        assert_string_equal(std::string(track.text).c_str(),
                            one.to_text.c_str());
        assert_string_equal(std::string(track.artist).c_str(),
                            one.to_artist.c_str());
        assert_string_equal(std::string(track.title).c_str(),
                            one.to_title.c_str());
    }
}

void a_text_is_split_at_its_first_dash(void**)
{
    check({{"A - T", "", "", "A - T", "A", "T"},
           {"", "", "A - T - x", "A - T - x", "A", "T - x"},
           {"A-T", "", "", "A-T", "", "A-T"}});
    Repair off;
    off.split = false;
    check({{"A - T", "", "", "A - T", "", "A - T"}}, off);
}

void half_a_title_keeps_no_dash(void**)
{
    check({{"- T", "", "", "T", "", "T"},
           {" - T", "", "", "T", "", "T"},
           {"", "", " - T", "T", "", "T"},
           {"A - ", "", "", "A", "A", ""},
           {"", "", "A -", "A", "A", ""},
           {"A -", "", "A -", "A", "A", ""},
           {"", "A", " - T", "A - T", "A", "T"},
           {"", "A - ", "T", "A - T", "A", "T"},
           {"- T", "A", "T", "T", "A", "T"},
           {"- - T -", "", "", "T", "T", ""},
           {"- A - T", "", "", "A - T", "A", "T"},
           {"A - T -", "", "", "A - T", "A", "T"},
           {"Unknown - ", "", "", "", "", ""},
           {" - Unknown", "", "", "", "", ""},
           {" - ", "", "", "", "", ""},
           {"-T", "", "", "-T", "", "-T"},
           {"A-", "", "", "A-", "", "A-"}});
    Repair off;
    off.split = false;
    check({{"A -", "", "", "A", "", "A"}, {"- T", "", "", "T", "", "T"}}, off);
    off.placeholders = false;
    check({{" - ", "", "", "-", "", "-"}}, off);
}

void what_is_known_apart_stays_apart(void**)
{
    check({{"", "A", "T", "A - T", "A", "T"},
           {"A - T", "A", "T", "A - T", "A", "T"},
           {"A - T", "A", "", "A - T", "A", "T"},
           {"", "A", "A - T", "A - T", "A", "T"},
           {"", "A", "", "A", "A", ""},
           {"Show", "", "T - x", "Show", "", "T - x"}});
}

void a_placeholder_is_no_title(void**)
{
    check({{"Unknown - Unknown", "", "", "", "", ""},
           {"-", "", "", "", "", ""},
           {"", "N/A", "(null)", "", "", ""},
           {"", "Unknown Artist", "T", "T", "", "T"},
           {"Unknown - T", "Unknown", "T", "T", "", "T"},
           {"unknown - T", "", "", "T", "", "T"},
           {"", "A", "-", "A", "A", ""},
           {"", "", "Untitled", "", "", ""},
           {"", "A", "Untitled", "A - Untitled", "A", "Untitled"},
           {"1999", "", "", "1999", "", "1999"},
           {"null", "", "", "null", "", "null"}});
    Repair off;
    off.placeholders = false;
    check({{"Unknown", "", "", "Unknown", "", "Unknown"}}, off);
}

void a_joined_text_keeps_its_bound(void**)
{
    std::string artist(kMaxText - 10, 'a');
    std::string title(100, 't');
    check({{"", artist, title, artist + " - ttttttt", artist, title}});
    std::string longest(kMaxText, 'a');
    check({{"", longest, title, longest, longest, title}});
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_split_at_its_first_dash),
        cmocka_unit_test(half_a_title_keeps_no_dash),
        cmocka_unit_test(what_is_known_apart_stays_apart),
        cmocka_unit_test(a_placeholder_is_no_title),
        cmocka_unit_test(a_joined_text_keeps_its_bound),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
