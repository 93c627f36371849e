#include "unit/cmocka.h"

#include "poller/schedule.h"

using onair::Ticks;
using onair::poller::Pace;
using onair::poller::Schedule;

namespace {

void the_first_poll_is_due_at_once(void**)
{
    Schedule s;
    s.start(5000);
    assert_true(s.due(5000));
    assert_false(s.due(4999));
}

void answers_are_an_interval_apart_give_or_take(void**)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        Schedule s;
        s.start(5000);
        s.succeeded(5000, {}, false, i * 2654435761u);
        assert_in_range(s.next() - 5000, 1900, 2100);
        sum += s.next() - 5000;
    }
    assert_in_range(sum / 1000, 1990, 2010);
}

uint64_t pause_after_success(uint32_t random)
{
    Schedule s;
    s.succeeded(5000, {}, false, random);
    return s.next() - 5000;
}

// Edges that started together drift apart by this, and by nothing else.
void the_pause_after_an_answer_reaches_five_per_cent_both_ways(void**)
{
    assert_int_equal(pause_after_success(0), 1900);
    assert_int_equal(pause_after_success(1), 1901);
    assert_int_equal(pause_after_success(200), 2100);
    assert_int_equal(pause_after_success(201), 1900);
    Schedule idle;
    idle.succeeded(5000, {}, true, 0);
    assert_int_equal(idle.next() - 5000, 28500);
    idle.succeeded(5000, {}, true, 3000);
    assert_int_equal(idle.next() - 5000, 31500);
}

uint64_t pause_after_failure(uint32_t random)
{
    Schedule s;
    s.failed(5000, {}, random);
    return s.next() - 5000;
}

void the_pause_after_a_failure_is_up_to_a_quarter_shorter(void**)
{
    assert_int_equal(pause_after_failure(0), 2000);
    assert_int_equal(pause_after_failure(1), 1999);
    assert_int_equal(pause_after_failure(500), 1500);
    assert_int_equal(pause_after_failure(501), 2000);
}

void nobody_listening_slows_it_down(void**)
{
    Schedule s;
    s.succeeded(5000, {}, true, 0);
    assert_in_range(s.next() - 5000, 28500, 31500);
    Pace never = {2000, 0, 60000};
    s.succeeded(5000, never, true, 0);
    assert_in_range(s.next() - 5000, 1900, 2100);
    Pace shorter = {2000, 500, 60000};
    s.succeeded(5000, shorter, true, 0);
    assert_in_range(s.next() - 5000, 1900, 2100);
}

void failures_double_the_pause_up_to_the_longest(void**)
{
    Schedule s;
    uint64_t pause = 2000;
    for (uint32_t i = 0; i < 100; i++) {
        s.failed(5000, {}, i * 2654435761u);
        assert_in_range(s.next() - 5000, pause * 3 / 4, pause);
        assert_int_equal(s.failures(), i + 1);
        pause = pause * 2 < 60000 ? pause * 2 : 60000;
    }
    s.succeeded(5000, {}, false, 0);
    assert_int_equal(s.failures(), 0);
    s.failed(5000, {}, 0);
    assert_int_equal(s.next() - 5000, 2000);
}

void a_hurry_is_due_now_and_bursts_fall_together(void**)
{
    Schedule s;
    s.succeeded(5000, {}, true, 0);
    s.hurry(6000, {});
    assert_true(s.due(6000));
    s.hurry(6001, {});
    assert_int_equal(s.next(), 6000);
    s.began(6000);
    s.succeeded(6005, {}, false, 0);
    s.hurry(6010, {});
    assert_int_equal(s.next(), 6100);
    s.began(6100);
    s.succeeded(6105, {}, false, 0);
    assert_in_range(s.next(), 8000, 9000);
    s.hurry(9000, {});
    assert_in_range(s.next(), 8000, 9000);
}

void a_hurry_during_a_poll_means_another_one(void**)
{
    Schedule s;
    s.hurry(6000, {});
    s.began(6000);
    s.hurry(6050, {});
    s.succeeded(6060, {}, false, 0);
    assert_int_equal(s.next(), 6100);
    s.began(6100);
    s.succeeded(6110, {}, false, 0);
    assert_in_range(s.next(), 8000, 8300);
}

void a_hurry_outlives_a_poll_that_fails(void**)
{
    Pace slow = {60000, 0, 60000};
    Schedule s;
    s.hurry(6000, slow);
    s.began(6000);
    s.failed(6010, slow, 0);
    assert_int_equal(s.next(), 7000);
    s.began(7000);
    s.failed(7010, slow, 0);
    assert_int_equal(s.next(), 9000);
    s.began(9000);
    s.succeeded(9010, slow, false, 0);
    assert_in_range(s.next(), 66010, 72010);
}

void one_failure_does_not_silence_a_feed(void**)
{
    Pace slow = {60000, 0, 60000};
    Schedule s;
    s.began(4990);
    s.failed(5000, slow, 0);
    assert_int_equal(s.next(), 65000);
    s.hurry(5500, slow);
    assert_int_equal(s.next(), 5500);
    s.began(5500);
    s.failed(5510, slow, 0);
    for (Ticks now = 5600; now < 7500; now += 100) {
        s.hurry(now, slow);
        assert_int_equal(s.next(), 7500);
    }
}

void a_source_that_fails_for_long_is_hurried_once_a_minute(void**)
{
    Pace rare = {3600000, 0, 60000};
    Schedule s;
    Ticks now = 5000;
    s.hurry(now, rare);
    for (int i = 0; i < 40; i++) {
        s.began(now);
        s.failed(now, rare, 0);
        assert_in_range(s.next() - now, 1000, 60000);
        now = s.next();
    }
    s.began(now);
    s.failed(now, rare, 0);
    assert_int_equal(s.next() - now, 60000);
}

void a_hurry_never_makes_it_later(void**)
{
    Schedule s;
    s.start(5000);
    s.hurry(6000, {});
    assert_int_equal(s.next(), 5000);
}

void a_failing_source_is_hurried_once_an_interval_at_most(void**)
{
    Schedule s;
    s.hurry(5000, {});
    s.began(5000);
    for (int i = 0; i < 8; i++) {
        s.failed(5000, {}, 0);
    }
    s.began(5000);
    s.succeeded(5000, {}, false, 0);
    s.hurry(6000, {});
    assert_true(s.due(6000));
    s.began(6000);
    for (int i = 0; i < 8; i++) {
        s.failed(6000, {}, 0);
    }
    s.hurry(6500, {});
    assert_int_equal(s.next(), 8000);
}

void nothing_is_asked_faster_than_every_100_ms(void**)
{
    Pace fast = {1, 1, 1};
    Schedule s;
    s.succeeded(5000, fast, false, 0);
    assert_true(s.next() >= 5100);
    s.failed(5000, fast, 12345);
    assert_true(s.next() >= 5100);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_first_poll_is_due_at_once),
        cmocka_unit_test(answers_are_an_interval_apart_give_or_take),
        cmocka_unit_test(
            the_pause_after_an_answer_reaches_five_per_cent_both_ways),
        cmocka_unit_test(the_pause_after_a_failure_is_up_to_a_quarter_shorter),
        cmocka_unit_test(nobody_listening_slows_it_down),
        cmocka_unit_test(failures_double_the_pause_up_to_the_longest),
        cmocka_unit_test(a_hurry_is_due_now_and_bursts_fall_together),
        cmocka_unit_test(a_hurry_during_a_poll_means_another_one),
        cmocka_unit_test(a_hurry_outlives_a_poll_that_fails),
        cmocka_unit_test(one_failure_does_not_silence_a_feed),
        cmocka_unit_test(a_source_that_fails_for_long_is_hurried_once_a_minute),
        cmocka_unit_test(a_hurry_never_makes_it_later),
        cmocka_unit_test(a_failing_source_is_hurried_once_an_interval_at_most),
        cmocka_unit_test(nothing_is_asked_faster_than_every_100_ms),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
