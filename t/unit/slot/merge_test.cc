#include "unit/cmocka.h"

#include "slot/merge.h"

using namespace onair;
using namespace onair::slot;

namespace {

constexpr Ticks kNow = 1000000;

// On air, last good `age` ago, good without a break for `held`.
Candidate on_air(uint8_t priority, Ticks age, Ticks held = 500000)
{
    return {priority, true, kNow - age, kNow - held, 15000, 120000, 10000};
}

Candidate off_air(uint8_t priority, Ticks age = 0)
{
    Candidate c = on_air(priority, age);
    c.on_air = false;
    return c;
}

void expect(std::initializer_list<Candidate> all, int present, int index,
            Status status, Ticks due)
{
    Choice c = choose({all.begin(), all.size()}, present, kNow);
    assert_int_equal(c.index, index);
    assert_int_equal(c.status, status);
    assert_int_equal(c.due, due);
}

constexpr Status kLive = Status::kLive;
constexpr Status kStale = Status::kStale;
constexpr Status kOffline = Status::kOffline;

void no_source_is_no_choice(void**)
{
    expect({}, -1, -1, kOffline, kNever);
    expect({}, 3, -1, kOffline, kNever);
}

void the_best_fresh_one_is_taken_where_none_was(void**)
{
    expect({on_air(2, 0), on_air(1, 0, 0), on_air(1, 0)}, -1, 1, kLive,
           kNow + 15001);
    expect({off_air(0), on_air(1, 100)}, -1, 1, kLive, kNow + 14901);
}

void the_present_one_stays_among_equals(void**)
{
    expect({on_air(1, 0), on_air(1, 0)}, 1, 1, kLive, kNow + 15001);
}

void a_better_one_has_to_be_good_for_its_hold(void**)
{
    expect({on_air(0, 0, 9999), on_air(1, 0)}, 1, 1, kLive, kNow + 1);
    expect({on_air(0, 0, 10000), on_air(1, 0)}, 1, 0, kLive, kNow + 15001);
    // Of two that held, the better; one that has yet to hold has a due time.
    expect({on_air(0, 0, 4000), on_air(1, 0), on_air(2, 0)}, 2, 1, kLive,
           kNow + 6000);
}

void a_better_one_that_is_not_fresh_is_not_taken(void**)
{
    expect({on_air(0, 15001), on_air(1, 0)}, 1, 1, kLive, kNow + 15001);
    expect({on_air(0, 15000), on_air(1, 0)}, 1, 0, kLive, kNow + 1);
    expect({off_air(0), on_air(1, 0)}, 1, 1, kLive, kNow + 15001);
}

void the_next_takes_over_at_once(void**)
{
    expect({off_air(0), on_air(1, 0, 0)}, 0, 1, kLive, kNow + 15001);
    expect({on_air(0, 15001), on_air(1, 0, 0)}, 0, 1, kLive, kNow + 15001);
}

void none_fresh_is_stale_then_offline(void**)
{
    expect({on_air(0, 15001)}, 0, 0, kStale, kNow + 104999 + 1);
    expect({on_air(0, 120000)}, 0, 0, kStale, kNow + 1);
    expect({on_air(0, 120001)}, 0, 0, kOffline, kNever);
    // The present one off air by its own word, the other unheard of.
    expect({off_air(0), on_air(1, 20000)}, 0, 1, kStale, kNow + 100001);
    // The present one stays the present one while it is stale.
    expect({on_air(0, 30000), on_air(1, 20000)}, 1, 1, kStale, kNow + 100001);
}

void a_stale_one_does_not_give_way_to_another_stale_one(void**)
{
    expect({on_air(0, 120001), on_air(1, 119000)}, 0, 0, kOffline, kNever);
    expect({on_air(0, 120001), on_air(1, 119000)}, -1, 1, kStale, kNow + 1001);
}

void none_on_air_is_offline_at_once(void**)
{
    expect({off_air(0), off_air(1)}, 1, 1, kOffline, kNever);
    expect({off_air(1), off_air(0)}, -1, 1, kOffline, kNever);
}

void a_clock_a_little_behind_is_no_great_age(void**)
{
    Candidate ahead = on_air(0, 0);
    ahead.last_good = kNow + 50;
    ahead.good_since = kNow + 50;
    expect({ahead}, 0, 0, kLive, kNow + 15051);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(no_source_is_no_choice),
        cmocka_unit_test(the_best_fresh_one_is_taken_where_none_was),
        cmocka_unit_test(the_present_one_stays_among_equals),
        cmocka_unit_test(a_better_one_has_to_be_good_for_its_hold),
        cmocka_unit_test(a_better_one_that_is_not_fresh_is_not_taken),
        cmocka_unit_test(the_next_takes_over_at_once),
        cmocka_unit_test(none_fresh_is_stale_then_offline),
        cmocka_unit_test(a_stale_one_does_not_give_way_to_another_stale_one),
        cmocka_unit_test(none_on_air_is_offline_at_once),
        cmocka_unit_test(a_clock_a_little_behind_is_no_great_age),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
