extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include <string>

#include "encoder/lower_case.h"
#include "encoder/song_id.h"

using namespace onair;
using namespace onair::encoder;

namespace {

std::string id(std::string_view text)
{
    return std::string(song_id(text).view());
}

void it_is_the_one_that_azuracast_gives(void**)
{
    assert_string_equal(id("Chet Porter - Aluko River").c_str(),
                        "9f33bbc912c19603e51be8e0987d076b");
    assert_string_equal(id("Station Offline").c_str(),
                        "5a6a865199cf5df73b1417326d2ff24f");
}

void nothing_at_all_is_a_station_that_is_off_air(void**)
{
    assert_string_equal(id("").c_str(), "5a6a865199cf5df73b1417326d2ff24f");
    assert_string_equal(id(" - '\"").c_str(),
                        "5a6a865199cf5df73b1417326d2ff24f");
}

void case_blanks_dashes_and_quotes_do_not_matter(void**)
{
    std::string plain = id("artisttitle");
    assert_string_equal(id("Artist - \"Title\"").c_str(), plain.c_str());
    assert_string_equal(id("ARTIST\t'TITLE'\r\n").c_str(), plain.c_str());
    assert_string_not_equal(id("artist.title").c_str(), plain.c_str());
}

void letters_of_every_script_are_lowered(void**)
{
    assert_string_equal(id("ÉÖÅ ŽŁ ΩΣΤ ЖЁІ ԲԳ Ⅻ").c_str(),
                        id("éöå žł ωστ жёі բգ ⅻ").c_str());
    assert_string_equal(id("İ").c_str(), id("i̇").c_str());
}

void only_the_first_150_characters_count_blanks_included(void**)
{
    std::string most = std::string(100, ' ');
    for (int i = 0; i < 50; i++) {
        most += "é";
    }
    assert_string_equal(id(most).c_str(), id(most + "more").c_str());
    assert_string_not_equal(id(most).c_str(), id(most.substr(1) + "m").c_str());
}

void lower_case_leaves_what_has_none(void**)
{
    assert_int_equal(lower_case(U'A'), U'a');
    assert_int_equal(lower_case(U'['), U'[');
    assert_int_equal(lower_case(0xd7), 0xd7);    // the sign of multiplication
    assert_int_equal(lower_case(0x100), 0x101);  // pairs: one in two
    assert_int_equal(lower_case(0x101), 0x101);
    assert_int_equal(lower_case(0x10ffff), 0x10ffff);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_one_that_azuracast_gives),
        cmocka_unit_test(nothing_at_all_is_a_station_that_is_off_air),
        cmocka_unit_test(case_blanks_dashes_and_quotes_do_not_matter),
        cmocka_unit_test(letters_of_every_script_are_lowered),
        cmocka_unit_test(only_the_first_150_characters_count_blanks_included),
        cmocka_unit_test(lower_case_leaves_what_has_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
