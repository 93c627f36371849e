#include <vector>

#include "unit/cmocka.h"

#include "source/character.h"

using namespace onair::source;

namespace {

void windows_1252_is_latin_1_but_for_its_punctuation(void**)
{
    assert_int_equal(from_windows_1252(0x80), 0x20ac);
    assert_int_equal(from_windows_1252(0x96), 0x2013);
    assert_int_equal(from_windows_1252(0x9f), 0x178);
    assert_int_equal(from_windows_1252('A'), 'A');
    assert_int_equal(from_windows_1252(0xe9), 0xe9);
    for (int none : {0x81, 0x8d, 0x8f, 0x90, 0x9d}) {
        assert_int_equal(from_windows_1252(static_cast<uint8_t>(none)), none);
    }
}

void every_byte_has_its_way_back(void**)
{
    for (int byte = 0; byte < 256; byte++) {
        char32_t code = from_windows_1252(static_cast<uint8_t>(byte));
        assert_int_equal(to_windows_1252(code), byte);
    }
    // A reader of Latin-1 took the byte for a C1 control.
    assert_int_equal(to_windows_1252(0x96), 0x96);
    for (char32_t none : {0x100u, 0x2012u, 0x1f3b5u, 0xffffffffu}) {
        assert_int_equal(to_windows_1252(none), -1);
    }
}

struct Row {
    char32_t code;
    bool blank, forbidden, invisible, extends;
};

// Each kind at its borders.
const Row kRows[] = {
    {0x00, false, true, false, false},
    {'\t', true, true, false, false},
    {'\r', true, true, false, false},
    {0x0e, false, true, false, false},
    {' ', true, false, false, false},
    {'!', false, false, false, false},
    {0x7e, false, false, false, false},
    {0x7f, false, true, false, false},
    {0x85, true, true, false, false},
    {0x9f, false, true, false, false},
    {0xa0, true, false, false, false},
    {0xa1, false, false, false, false},
    {0xad, false, false, true, false},
    {0x2ff, false, false, false, false},
    {0x300, false, false, false, true},
    {0x36f, false, false, false, true},
    {0x370, false, false, false, false},
    {0x200a, true, false, false, false},
    {0x200b, false, false, true, false},
    {0x200c, false, false, false, true},  // joiners spell some scripts
    {0x200d, false, false, false, true},
    {0x200e, false, false, true, false},
    {0x2010, false, false, false, false},
    {0x2028, true, false, false, false},
    {0x2029, true, false, false, false},
    {0x202e, false, false, true, false},
    {0x202f, true, false, false, false},
    {0x3000, true, false, false, false},
    {0xd7ff, false, false, false, false},
    {0xd800, false, true, false, false},
    {0xdfff, false, true, false, false},
    {0xe000, false, false, false, false},
    {0xfdcf, false, false, false, false},
    {0xfdd0, false, true, false, false},
    {0xfdef, false, true, false, false},
    {0xfdf0, false, false, false, false},
    {0xfe0f, false, false, false, true},  // a variation selector
    {0xfeff, false, false, true, false},
    {0xfffd, false, false, false, false},
    {0xfffe, false, true, false, false},
    {0xffff, false, true, false, false},
    {0x1f3f5, false, false, false, false},
    {0x1f3fb, false, false, false, true},  // a skin tone
    {0x1fffe, false, true, false, false},
    {0xe007f, false, false, false, true},
    {0x10fffd, false, false, false, false},
    {0x10ffff, false, true, false, false},
    {0x110000, false, true, false, false},
    {0xffffffff, false, true, false, false},
};

void each_character_is_of_its_classes(void**)
{
    for (const Row& row : kRows) {
        bool good = is_blank(row.code) == row.blank &&
                    is_forbidden(row.code) == row.forbidden &&
                    is_invisible(row.code) == row.invisible &&
                    extends(row.code) == row.extends;
        if (!good) {
            print_error("U+%04X\n", static_cast<unsigned>(row.code));
        }
        assert_true(good);
    }
}

void joiners_tags_and_regions_are_known_at_their_borders(void**)
{
    assert_false(is_joiner(0x200b));
    assert_true(is_joiner(0x200c) && is_joiner(0x200d));
    assert_false(is_joiner(0x200e));
    assert_false(is_tag(0xe001f));
    assert_true(is_tag(0xe0020) && is_tag(0xe007f));
    assert_false(is_tag(0xe0080));
    assert_false(is_regional(0x1f1e5));
    assert_true(is_regional(0x1f1e6) && is_regional(0x1f1ff));
    assert_false(is_regional(0x1f200));
}

// Blanks become one blank, what is invisible goes: no character may be both.
void nothing_is_blank_and_invisible(void**)
{
    for (char32_t code = 0; code <= 0x110000; code++) {
        assert_false(is_blank(code) && is_invisible(code));
        assert_false(is_blank(code) && extends(code));
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(windows_1252_is_latin_1_but_for_its_punctuation),
        cmocka_unit_test(every_byte_has_its_way_back),
        cmocka_unit_test(each_character_is_of_its_classes),
        cmocka_unit_test(joiners_tags_and_regions_are_known_at_their_borders),
        cmocka_unit_test(nothing_is_blank_and_invisible),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
