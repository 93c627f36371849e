#include <string>

#include "unit/cmocka.h"

#include "subscriber/field.h"

using namespace onair::subscriber;

namespace {

// The parts, each in brackets.
std::string parts(std::string_view text, char separator = ',')
{
    std::string all;
    Parts list(text, separator);
    for (std::string_view part; list.next(&part);) {
        all += "[" + std::string(part) + "]";
    }
    return all;
}

void blanks_at_both_ends_go(void**)
{
    assert_true(trim(" \ta b\t ") == "a b");
    assert_true(trim("").empty());
    assert_true(trim(" \t ").empty());
    // Not what else may look blank: it is part of the value.
    assert_true(trim("\na\r") == "\na\r");
    // An empty value is still one that is there.
    assert_non_null(trim(" ").data());
}

void case_is_folded_for_ascii_only(void**)
{
    assert_true(equal_fold("WebSocket", "wEBsOCKET"));
    assert_false(equal_fold("websocket", "websockets"));
    assert_false(equal_fold("a", ""));
    assert_true(equal_fold("", ""));
    assert_false(equal_fold("\xc9", "\xe9"));
    for (int c = 0; c < 128; c++) {
        auto one = static_cast<char>(c);
        bool letter = one >= 'A' && one <= 'Z';
        assert_int_equal(lower(one), letter ? one + 32 : one);
    }
    assert_false(equal_fold("@[", "`{"));
}

void digits_are_one_or_more(void**)
{
    assert_true(is_digits("0123456789"));
    for (const char* bad : {"", "-1", "1.0", " 1", "1a", "/", ":"}) {
        assert_false(is_digits(bad));
    }
}

void a_token_has_no_separators(void**)
{
    assert_true(is_token("permessage-deflate"));
    assert_true(is_token("aZ09!#$%&'*+-.^_`|~"));
    assert_false(is_token(""));
    for (char bad : std::string_view("()<>@,;:\\\"/[]?={} \t\x7f\x01\xe9")) {
        std::string token = "a";
        token += bad;
        assert_false(is_token(token));
    }
}

void a_list_is_split_and_trimmed(void**)
{
    assert_string_equal(parts("a, b ,\tc").c_str(), "[a][b][c]");
    assert_string_equal(parts("a;b", ';').c_str(), "[a][b]");
    assert_string_equal(parts("a;b").c_str(), "[a;b]");
}

void empty_parts_count_but_of_an_empty_text(void**)
{
    assert_string_equal(parts("").c_str(), "");
    assert_string_equal(parts(" \t").c_str(), "");
    assert_string_equal(parts("a,,b").c_str(), "[a][][b]");
    assert_string_equal(parts(",").c_str(), "[][]");
    assert_string_equal(parts("a,").c_str(), "[a][]");
}

void a_quoted_string_hides_separators(void**)
{
    assert_string_equal(parts("a=\"x,y\",b").c_str(), "[a=\"x,y\"][b]");
    assert_string_equal(parts("a=\"x\\\",y\",b").c_str(), "[a=\"x\\\",y\"][b]");
    assert_string_equal(parts("a=\"x\\\\\",b").c_str(), "[a=\"x\\\\\"][b]");
    // Outside of quotes a backslash is like any other.
    assert_string_equal(parts("a\\,b").c_str(), "[a\\][b]");
}

void a_quoted_string_without_end_goes_to_the_end(void**)
{
    assert_string_equal(parts("a,\"b,c").c_str(), "[a][\"b,c]");
    assert_string_equal(parts("\"a\\").c_str(), "[\"a\\]");
}

void a_token_is_found_whole_in_its_list(void**)
{
    assert_true(has_token("keep-alive, Upgrade", "upgrade"));
    assert_true(has_token("upgrade", "upgrade"));
    assert_false(has_token("upgrades, no-upgrade", "upgrade"));
    assert_false(has_token("", "upgrade"));
    assert_false(has_token("\"x, upgrade\"", "upgrade"));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(blanks_at_both_ends_go),
        cmocka_unit_test(case_is_folded_for_ascii_only),
        cmocka_unit_test(digits_are_one_or_more),
        cmocka_unit_test(a_token_has_no_separators),
        cmocka_unit_test(a_list_is_split_and_trimmed),
        cmocka_unit_test(empty_parts_count_but_of_an_empty_text),
        cmocka_unit_test(a_quoted_string_hides_separators),
        cmocka_unit_test(a_quoted_string_without_end_goes_to_the_end),
        cmocka_unit_test(a_token_is_found_whole_in_its_list),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
