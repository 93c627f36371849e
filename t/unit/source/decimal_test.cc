#include <string>

#include "unit/cmocka.h"

#include "source/decimal.h"

using namespace onair::source;

namespace {

void what_stands_behind_a_number_stays(void**)
{
    const struct {
        std::string_view text;
        std::string_view rest;
    } rows[] = {
        {"12,5", ",5"},    {"1.x", ".x"},   {"1e", "e"},    {"1e+x", "e+x"},
        {"1.5e2e3", "e3"}, {"0x10", "x10"}, {"-0 1", " 1"},
    };
    for (const auto& row : rows) {
        std::string_view text = row.text;
        assert_true(take_decimal(text).has_value());
        assert_true(text == row.rest);
    }
}

void what_is_no_number_is_left_whole(void**)
{
    for (std::string_view none : {"", "-", "-1", ".5", "e5", "x", "+1",
                                  "-0.0000000000000000000000001"}) {
        std::string_view text = none;
        assert_false(take_decimal(text).has_value());
        assert_true(text == none);
    }
}

void a_number_is_moved_by_powers_of_ten(void**)
{
    std::string_view text = "1.23456e3";
    Decimal number = *take_decimal(text);
    assert_int_equal(*number.times_ten_to(0), 1234);
    assert_int_equal(*number.times_ten_to(3), 1234560);
    assert_int_equal(*number.times_ten_to(-9), 0);
    assert_false(number.times_ten_to(14).has_value());
    assert_false(number.whole().has_value());
}

void digits_past_the_eighteenth_are_no_whole_number(void**)
{
    std::string_view text = "12.00000000000000000000000000001";
    Decimal number = *take_decimal(text);
    assert_true(text.empty() && !number.exact);
    assert_int_equal(*number.times_ten_to(0), 12);
    assert_false(number.whole().has_value());
    text = "0.1234567890123456789012345";
    number = *take_decimal(text);
    assert_int_equal(*number.times_ten_to(3), 123);
    std::string long_one = "1" + std::string(400, '0') + "e-400";
    text = long_one;
    number = *take_decimal(text);
    assert_int_equal(*number.whole(), 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_behind_a_number_stays),
        cmocka_unit_test(what_is_no_number_is_left_whole),
        cmocka_unit_test(a_number_is_moved_by_powers_of_ten),
        cmocka_unit_test(digits_past_the_eighteenth_are_no_whole_number),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
