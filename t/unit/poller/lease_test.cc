#include "unit/cmocka.h"

#include "poller/lease.h"

using onair::poller::Lease;

namespace {

uint32_t dead = 0;
bool is_gone(uint32_t pid)
{
    return pid == dead;
}

void one_worker_holds_it_and_renews(void**)
{
    Lease lease;
    dead = 0;
    assert_int_equal(lease.holder(), 0);
    assert_true(lease.hold(10, 5000, 1000, false, is_gone));
    assert_int_equal(lease.holder(), 10);
    uint32_t term = lease.term();
    assert_false(lease.hold(11, 5500, 1000, false, is_gone));
    assert_true(lease.hold(10, 5900, 1000, false, is_gone));
    assert_int_equal(lease.term(), term);
    assert_false(lease.hold(11, 6500, 1000, false, is_gone));
    assert_true(lease.holds(10, term, 6899));
    assert_false(lease.holds(10, term, 6900));
}

void a_dead_holder_is_followed_at_once(void**)
{
    Lease lease;
    dead = 0;
    lease.hold(10, 5000, 1000, false, is_gone);
    uint32_t term = lease.term();
    dead = 10;
    assert_true(lease.hold(11, 5001, 1000, false, is_gone));
    assert_int_equal(lease.term(), term + 1);
}

void a_stuck_holder_is_followed_when_it_expires(void**)
{
    Lease lease;
    dead = 0;
    lease.hold(10, 5000, 1000, false, is_gone);
    assert_false(lease.hold(11, 5999, 1000, false, is_gone));
    assert_true(lease.hold(11, 6000, 1000, false, is_gone));
}

void the_term_fences_a_holder_that_comes_late(void**)
{
    Lease lease;
    dead = 0;
    lease.hold(10, 5000, 1000, false, is_gone);
    uint32_t term = lease.term();
    lease.hold(11, 6000, 1000, false, is_gone);
    assert_false(lease.holds(10, term, 6001));
    assert_false(lease.hold(10, 6001, 1000, false, is_gone));
    assert_true(lease.holds(11, lease.term(), 6001));
    // Nor does its own later holding make the old term good.
    assert_true(lease.hold(10, 7000, 1000, false, is_gone));
    assert_false(lease.holds(10, term, 7001));
}

void a_released_lease_is_taken_at_once(void**)
{
    Lease lease;
    dead = 0;
    lease.hold(10, 5000, 1000, false, is_gone);
    uint32_t term = lease.term();
    lease.release(11, 5001);
    assert_int_equal(lease.holder(), 10);
    lease.release(10, 5001);
    assert_int_equal(lease.holder(), 0);
    assert_false(lease.holds(10, term, 5002));
    assert_true(lease.hold(11, 5002, 1000, false, is_gone));
    assert_int_equal(lease.term(), term + 1);
}

void leaving_workers_take_it_last(void**)
{
    Lease lease;
    dead = 0;
    lease.hold(10, 5000, 1000, false, is_gone);
    lease.release(10, 5500);
    assert_false(lease.hold(11, 5501, 1000, true, is_gone));
    assert_false(lease.hold(11, 8499, 1000, true, is_gone));
    assert_true(lease.hold(11, 9000, 1000, true, is_gone));
    // One that has it keeps it until it gives it up.
    assert_true(lease.hold(11, 9500, 1000, true, is_gone));
    dead = 11;
    assert_false(lease.hold(12, 9600, 1000, true, is_gone));
    assert_true(lease.hold(12, 9600, 1000, false, is_gone));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_holds_it_and_renews),
        cmocka_unit_test(a_dead_holder_is_followed_at_once),
        cmocka_unit_test(a_stuck_holder_is_followed_when_it_expires),
        cmocka_unit_test(the_term_fences_a_holder_that_comes_late),
        cmocka_unit_test(a_released_lease_is_taken_at_once),
        cmocka_unit_test(leaving_workers_take_it_last),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
