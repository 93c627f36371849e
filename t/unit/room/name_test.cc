#include "room/name.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

std::string cleaned(std::string_view name)
{
    uint8_t memory[8192];
    Arena arena(memory);
    return std::string(clean_name(name, arena));
}

void names_are_repaired_as_titles_are(void**)
{
    assert_string_equal(cleaned("Anna").c_str(), "Anna");
    assert_string_equal(cleaned("  An\n na\t").c_str(), "An na");
    assert_string_equal(cleaned("\x01\x02").c_str(), "");
    assert_string_equal(cleaned("a\xe2\x80\xae"
                                "b")
                            .c_str(),
                        "ab");  // bidi
    assert_string_equal(cleaned("a\xe2\x80\x8b"
                                "b")
                            .c_str(),
                        "ab");
    assert_string_equal(cleaned("\xff").c_str(), "\xc3\xbf");
    assert_string_equal(cleaned("<b>&amp;").c_str(), "<b>&amp;");
}

void names_are_cut_between_characters(void**)
{
    std::string name;
    for (int i = 0; i < 100; i++) {
        name += "\xc3\xa4";
    }
    assert_true(cleaned(name).size() <= kMaxMemberName);
    assert_int_equal(cleaned(name).size() % 2, 0);
    assert_int_equal(cleaned(std::string(100, 'x')).size(), kMaxNameCharacters);
}

void ids_hold_no_control_characters(void**)
{
    assert_true(good_id("a"));
    assert_true(good_id("user@example \xc3\xa4"));
    assert_true(good_id(std::string(kMaxId, 'x')));
    assert_false(good_id(std::string(kMaxId + 1, 'x')));
    assert_false(good_id(""));
    assert_false(good_id("a\n"));
    assert_false(good_id("\xff"));
    assert_false(good_id("\x7f"));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(names_are_repaired_as_titles_are),
        cmocka_unit_test(names_are_cut_between_characters),
        cmocka_unit_test(ids_hold_no_control_characters),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
