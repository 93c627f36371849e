#include <string>

#include "unit/cmocka.h"

#include "source/entity.h"

using namespace onair::source;

namespace {

struct Row {
    const char* text;
    char32_t code;
    size_t size;
};

void check(std::initializer_list<Row> rows)
{
    for (const Row& row : rows) {
        Entity entity = first_entity(row.text);
        if (entity.code != row.code || entity.size != row.size) {
            print_error("%s\n", row.text);
        }
        assert_int_equal(entity.code, row.code);
        assert_int_equal(entity.size, row.size);
    }
}

void a_number_is_read_to_its_semicolon(void**)
{
    check({
        {"&#233;", 233, 6},
        {"&#233;&#234;", 233, 6},
        {"&#xE9;x", 0xe9, 6},
        {"&#Xe9;", 0xe9, 6},
        {"&#0;", 0, 4},
        {"&#65535;", 65535, 8},
        {"&#x0010ffff;", 0x10ffff, 12},
        {"&#00000039;", 39, 11},
    });
}

void what_only_begins_like_a_number_is_none(void**)
{
    check({
        {"&#", 0, 0},
        {"&#;", 0, 0},
        {"&#x;", 0, 0},
        {"&#233", 0, 0},
        {"&#233 ;", 0, 0},
        {"&#12a;", 0, 0},
        {"&#xg1;", 0, 0},
        {"&#-1;", 0, 0},
        {"&#000000039;", 0, 0},  // more digits than a character needs
        {"&#x10ffff000;", 0, 0},
    });
}

void the_halves_of_a_pair_are_one_character(void**)
{
    check({
        {"&#55356;&#57269;", 0x1f3b5, 16},
        {"&#xd83c;&#xdfb5;.", 0x1f3b5, 16},
        {"&#55356;", 0xd83c, 8},
        {"&#55356; &#57269;", 0xd83c, 8},
        {"&#55356;&#65;", 0xd83c, 8},
        {"&#55356;&#55356;", 0xd83c, 8},
        {"&#57269;&#55356;", 0xdfb5, 8},
        {"&#55356;&#57269", 0xd83c, 8},
    });
}

void names_are_those_of_html_4_and_xml(void**)
{
    check({
        {"&amp;amp;", '&', 5},
        {"&apos;", '\'', 6},
        {"&eacute;", 0xe9, 8},
        {"&Eacute;", 0xc9, 8},
        {"&thetasym;", 0x3d1, 10},
        {"&zwnj;", 0x200c, 6},
        {"&AElig;", 0xc6, 7},
        {"&ge;", 0x2265, 4},
    });
}

void what_is_no_name_stays_text(void**)
{
    check({
        {"&", 0, 0},
        {"&;", 0, 0},
        {"& B", 0, 0},
        {"&amp", 0, 0},
        {"&AMP;", 0, 0},
        {"&eacut;", 0, 0},
        {"&eacutee;", 0, 0},
        {"&R&B;", 0, 0},
        {"&thetasymx;", 0, 0},
        {"&zzzz;", 0, 0},
        {"&A;", 0, 0},
    });
}

// The text may end anywhere: nothing behind it is looked at.
void a_text_that_ends_early_holds_none(void**)
{
    for (const char* whole : {"&#233;", "&#xe9;", "&thetasym;", "&gt;"}) {
        std::string text = whole;
        for (size_t size = 1; size < text.size(); size++) {
            std::string cut = text.substr(0, size);
            cut.shrink_to_fit();
            assert_int_equal(first_entity(cut).size, 0);
        }
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_read_to_its_semicolon),
        cmocka_unit_test(what_only_begins_like_a_number_is_none),
        cmocka_unit_test(the_halves_of_a_pair_are_one_character),
        cmocka_unit_test(names_are_those_of_html_4_and_xml),
        cmocka_unit_test(what_is_no_name_stays_text),
        cmocka_unit_test(a_text_that_ends_early_holds_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
