// Every character there is, against what Unicode 14 has as its simple mappings,
// counted and summed by Python's unicodedata.
#include <initializer_list>

#include "unit/cmocka.h"

#include "encoder/lower_case.h"

using namespace onair::encoder;

namespace {

constexpr char32_t kEnd = 0x110000;

void ascii_has_its_26_capitals(void**)
{
    for (char32_t c = 0; c < 0x80; c++) {
        bool capital = c >= U'A' && c <= U'Z';
        assert_int_equal(lower_case(c), capital ? c + 32 : c);
    }
}

void as_many_characters_change_as_unicode_has_capitals(void**)
{
    uint64_t count = 0;
    uint64_t sum = 0;
    uint32_t mixed = 0;
    for (char32_t c = 0; c < kEnd; c++) {
        char32_t lower = lower_case(c);
        if (lower != c) {
            count++;
            sum += lower;
            mixed = mixed * 31 + lower * 7 + c;
        }
    }
    assert_int_equal(count, 1432);
    assert_int_equal(sum, 34914066);
    assert_int_equal(mixed, 3375982203);
}

void what_was_lowered_stays(void**)
{
    for (char32_t c = 0; c < kEnd; c++) {
        assert_int_equal(lower_case(lower_case(c)), lower_case(c));
    }
}

void capitals_of_each_kind_of_run_are_lowered(void**)
{
    const char32_t rows[][2] = {
        {U'É', U'é'},       {U'Þ', U'þ'},       {U'Ÿ', U'ÿ'}, {U'Ā', U'ā'},
        {U'Ŀ', U'ŀ'},       {U'Ǆ', U'ǆ'},       {U'ǅ', U'ǆ'}, {U'Ω', U'ω'},
        {U'Σ', U'σ'},       {U'Ж', U'ж'},       {U'Ѐ', U'ѐ'}, {U'Ա', U'ա'},
        {U'ẞ', U'ß'},       {0x212a, U'k'},     {U'Ⅻ', U'ⅻ'}, {U'Ａ', U'ａ'},
        {0x10400, 0x10428}, {0x1e921, 0x1e943},
    };
    for (const auto& row : rows) {
        assert_int_equal(lower_case(row[0]), row[1]);
    }
}

void what_has_no_lower_case_stays(void**)
{
    for (char32_t c :
         {U'[', U'@', U'×', U'ß', U'é', U'ā', U'日', U'א', char32_t{0x130},
          char32_t{0xd800}, char32_t{0x10ffff}, char32_t{0xffffffff}}) {
        assert_int_equal(lower_case(c), c);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(ascii_has_its_26_capitals),
        cmocka_unit_test(as_many_characters_change_as_unicode_has_capitals),
        cmocka_unit_test(what_was_lowered_stays),
        cmocka_unit_test(capitals_of_each_kind_of_run_are_lowered),
        cmocka_unit_test(what_has_no_lower_case_stays),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
