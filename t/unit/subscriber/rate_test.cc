#include "unit/cmocka.h"

#include "subscriber/rate.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

int taken(Rate& rate, const RateRule& rule, Ticks now, int times)
{
    int count = 0;
    for (int i = 0; i < times; i++) {
        count += rate.take(rule, now) ? 1 : 0;
    }
    return count;
}

void a_burst_is_let_through_and_no_more(void**)
{
    Rate rate;
    assert_int_equal(taken(rate, {10, 20}, 123456, 100), 20);
}

void tokens_come_back_with_time(void**)
{
    Rate rate;
    RateRule rule = {10, 20};
    taken(rate, rule, 5000, 100);
    assert_int_equal(taken(rate, rule, 5099, 5), 0);
    assert_int_equal(taken(rate, rule, 5100, 5), 1);
    assert_int_equal(taken(rate, rule, 6100, 50), 10);
    assert_int_equal(taken(rate, rule, 600000, 50), 20);
}

void small_steps_of_time_add_up(void**)
{
    Rate rate;
    RateRule rule = {3, 1};
    assert_int_equal(taken(rate, rule, 0, 1), 1);
    int count = 0;
    for (Ticks now = 1; now <= 2000; now++) {
        count += rate.take(rule, now) ? 1 : 0;
    }
    assert_in_range(count, 5, 6);
}

void without_a_limit_everything_passes(void**)
{
    Rate rate;
    assert_int_equal(taken(rate, {0, 0}, 1, 1000), 1000);
}

void a_burst_of_nothing_is_one(void**)
{
    Rate rate;
    assert_int_equal(taken(rate, {1, 0}, 0, 5), 1);
    assert_int_equal(taken(rate, {1, 0}, 1000, 5), 1);
}

void a_clock_that_wraps_or_goes_back_gives_nothing_away(void**)
{
    Rate rate;
    RateRule rule = {10, 20};
    assert_int_equal(taken(rate, rule, 0xffffff00, 100), 20);
    assert_int_equal(taken(rate, rule, 0xffffff00 - 5000, 100), 0);
    Rate wraps;
    assert_int_equal(taken(wraps, rule, 0xffffff9c, 100), 20);
    assert_int_equal(taken(wraps, rule, 0x100000000, 100), 1);
}

void the_largest_figures_do_not_overflow(void**)
{
    Rate rate;
    RateRule rule = {UINT32_MAX, UINT32_MAX};
    assert_int_equal(taken(rate, rule, 1, 70000), 65535);
    assert_int_equal(taken(rate, rule, Ticks{1} + INT32_MAX, 70000), 65535);
}

void a_second_gives_65535_tokens_at_the_most(void**)
{
    Rate rate;
    RateRule rule = {UINT32_MAX, UINT32_MAX};
    assert_int_equal(taken(rate, rule, 1, 70000), 65535);
    assert_int_equal(taken(rate, rule, 2, 70000), 65);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_let_through_and_no_more),
        cmocka_unit_test(tokens_come_back_with_time),
        cmocka_unit_test(small_steps_of_time_add_up),
        cmocka_unit_test(without_a_limit_everything_passes),
        cmocka_unit_test(a_burst_of_nothing_is_one),
        cmocka_unit_test(a_clock_that_wraps_or_goes_back_gives_nothing_away),
        cmocka_unit_test(the_largest_figures_do_not_overflow),
        cmocka_unit_test(a_second_gives_65535_tokens_at_the_most),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
