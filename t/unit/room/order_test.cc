#include "room/order.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

struct Show {
    Order order;
    std::deque<Pending> all;
    Ticks now = 1000;
    bool offer(uint64_t seq)
    {
        all.push_back({nullptr, seq, now, false});
        return order.offer(&all.back());
    }
    std::string take()
    {
        std::string text;
        while (Pending* next = order.take()) {
            text += std::to_string(next->seq) + (next->late ? "late " : " ");
        }
        return text;
    }
};

void numbers_are_shown_in_their_order(void**)
{
    Show show;
    show.order.start(10);
    assert_true(show.offer(11));
    assert_true(show.offer(13));
    assert_string_equal(show.take().c_str(), "11 ");
    assert_true(show.offer(14));
    assert_string_equal(show.take().c_str(), "");
    assert_true(show.offer(12));
    assert_string_equal(show.take().c_str(), "12 13 14 ");
    assert_int_equal(show.order.last(), 14);
    assert_true(show.order.empty());
}

// Those that wait stand in order, wherever one comes in between.
void numbers_are_put_in_anywhere(void**)
{
    Show show;
    show.order.start(0);
    for (uint64_t seq : {5u, 2u, 9u, 7u, 3u, 1u, 8u, 4u, 6u, 10u}) {
        assert_true(show.offer(seq));
    }
    assert_false(show.offer(10));
    assert_string_equal(show.take().c_str(), "1 2 3 4 5 6 7 8 9 10 ");
    assert_true(show.offer(12));
    assert_true(show.offer(11));
    assert_true(show.offer(13));
    assert_string_equal(show.take().c_str(), "11 12 13 ");
    assert_true(show.offer(14));
    assert_ptr_equal(show.order.drop_all(), &show.all.back());
    assert_true(show.offer(15));
    assert_true(show.order.empty() == false);
}

void a_number_comes_once(void**)
{
    Show show;
    show.order.start(0);
    assert_true(show.offer(1));
    assert_false(show.offer(1));
    assert_string_equal(show.take().c_str(), "1 ");
    assert_false(show.offer(1));
    assert_true(show.offer(5));
    assert_false(show.offer(5));
}

void a_missing_one_is_waited_for_a_moment_only(void**)
{
    Show show;
    show.order.start(0);
    show.offer(3);
    assert_int_equal(show.order.due(), show.now + kPatienceMs);
    assert_int_equal(show.order.missing(show.now + kPatienceMs - 1).from, 0);
    auto gap = show.order.missing(show.now + kPatienceMs);
    assert_int_equal(gap.from, 1);
    assert_int_equal(gap.until, 3);
    show.offer(2);  // found elsewhere
    show.order.give_up(gap.until);
    assert_string_equal(show.take().c_str(), "2 3 ");
    assert_int_equal(show.order.due(), 0);
}

void one_that_was_given_up_is_shown_late_and_once(void**)
{
    Show show;
    show.order.start(0);
    show.offer(1);
    show.offer(3);
    show.take();
    show.order.give_up(3);
    assert_string_equal(show.take().c_str(), "3 ");
    assert_true(show.offer(2));
    assert_string_equal(show.take().c_str(), "2late ");
    assert_false(show.offer(2));
    assert_int_equal(show.order.last(), 3);
}

void what_the_history_has_shown_is_not_shown_again(void**)
{
    Show show;
    show.order.start(50);
    show.order.mark(49);
    show.order.mark(50);
    assert_false(show.offer(49));
    assert_false(show.offer(50));
    assert_true(show.offer(48));  // was on its way when the room was opened
    assert_string_equal(show.take().c_str(), "48late ");
}

// One that comes late is left to come: a newcomer is not shown it twice.
void one_that_waits_to_be_shown_late_was_not_shown(void**)
{
    Show show;
    show.order.start(0);
    show.offer(1);
    show.offer(3);
    show.take();
    show.order.give_up(3);
    show.take();
    assert_true(show.order.was_shown(1));
    assert_false(show.order.was_shown(2));
    assert_false(show.order.was_shown(4));
    assert_true(show.offer(2));
    assert_false(show.offer(2));
    assert_false(show.order.was_shown(2));
    show.take();
    assert_true(show.order.was_shown(2));
    show.order.start(1000);
    assert_true(show.order.was_shown(1));
}

void what_is_too_old_to_be_known_is_not_shown(void**)
{
    Show show;
    show.order.start(1000);
    assert_false(show.offer(700));
    assert_true(show.offer(900));
    show.take();
    show.order.give_up(5000);
    show.offer(5000);
    assert_string_equal(show.take().c_str(), "5000 ");
    assert_false(show.offer(900));
    assert_true(show.offer(4800));
    assert_false(show.offer(4800));
}

void all_that_waits_can_be_dropped(void**)
{
    Show show;
    show.order.start(0);
    show.offer(5);
    show.offer(3);
    Pending* all = show.order.drop_all();
    assert_int_equal(all->seq, 3);
    assert_int_equal(all->next->seq, 5);
    assert_true(show.order.empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_shown_in_their_order),
        cmocka_unit_test(numbers_are_put_in_anywhere),
        cmocka_unit_test(a_number_comes_once),
        cmocka_unit_test(a_missing_one_is_waited_for_a_moment_only),
        cmocka_unit_test(one_that_was_given_up_is_shown_late_and_once),
        cmocka_unit_test(what_the_history_has_shown_is_not_shown_again),
        cmocka_unit_test(one_that_waits_to_be_shown_late_was_not_shown),
        cmocka_unit_test(what_is_too_old_to_be_known_is_not_shown),
        cmocka_unit_test(all_that_waits_can_be_dropped),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
