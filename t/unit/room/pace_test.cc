#include "room/pace.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

void a_burst_is_let_through_and_then_the_wait_is_said(void**)
{
    Word word{0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take_pace(word, {2, 3}, 1000), 0);
    }
    assert_int_equal(take_pace(word, {2, 3}, 1000), 500);
    assert_int_equal(take_pace(word, {2, 3}, 1400), 100);
    assert_int_equal(take_pace(word, {2, 3}, 1500), 0);
    assert_int_equal(take_pace(word, {2, 3}, 1500), 500);
    // Who waits as long as was said is let through.
    for (uint32_t rate : {1u, 3u, 7u, 999u}) {
        Word other{0};
        uint64_t now = 5;
        for (int i = 0; i < 50; i++) {
            uint32_t wait = take_pace(other, {rate, 1}, now);
            now += wait;
            assert_true(wait == 0 || take_pace(other, {rate, 1}, now) == 0);
        }
    }
}

void without_a_limit_everything_passes(void**)
{
    Word word{0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(take_pace(word, {0, 0}, 1), 0);
    }
}

void a_clock_that_goes_back_gives_nothing_away(void**)
{
    Word word{0};
    assert_int_equal(take_pace(word, {1, 1}, 100000), 0);
    assert_true(take_pace(word, {1, 1}, 50000) > 0);
}

void turns_come_after_the_time_of_slow_mode(void**)
{
    Word word{0};
    assert_int_equal(take_turn(word, 5000, 0), 0);
    assert_int_equal(take_turn(word, 5000, 1), 4999);
    assert_int_equal(take_turn(word, 5000, 5000), 0);
    assert_int_equal(take_turn(word, 5000, 5000), 5000);
    assert_int_equal(take_turn(word, 5000, 100), 0);  // a clock begun anew
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_let_through_and_then_the_wait_is_said),
        cmocka_unit_test(without_a_limit_everything_passes),
        cmocka_unit_test(a_clock_that_goes_back_gives_nothing_away),
        cmocka_unit_test(turns_come_after_the_time_of_slow_mode),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
