#include "engine/follower.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::engine;

namespace {

using Take = Follower::Take;
using End = Follower::End;
using Step = Follower::Step;

Follower live(uint64_t seq)
{
    Follower follower(7, seq);
    follower.asked();
    assert_false(follower.on_head(7, seq));
    assert_true(follower.on_end(false) == End::kLive);
    return follower;
}

void the_next_number_is_taken_and_no_other(void**)
{
    Follower follower = live(10);
    assert_true(follower.on_published(7, 11) == Take::kTake);
    assert_true(follower.on_published(7, 11) == Take::kSkip);
    assert_true(follower.on_published(7, 3) == Take::kSkip);
    assert_true(follower.on_published(7, 13) == Take::kRead);
    assert_true(follower.on_published(8, 1) == Take::kRead);
    assert_int_equal(follower.seq(), 11);
}

void numbers_of_what_was_replaced_are_not_missed(void**)
{
    Follower follower(7, 10);
    follower.asked();
    assert_false(follower.on_head(7, 20));
    assert_true(follower.on_entry(12));
    assert_true(follower.on_entry(17));
    assert_false(follower.on_entry(17));
    assert_true(follower.on_end(false) == End::kLive);
    assert_int_equal(follower.seq(), 20);
    assert_true(follower.on_published(7, 21) == Take::kTake);
}

void a_full_reply_is_read_on(void**)
{
    Follower follower(7, 0);
    follower.asked();
    assert_false(follower.on_head(7, 20));
    assert_true(follower.on_entry(12));
    assert_true(follower.on_end(true) == End::kMore);
    assert_int_equal(follower.seq(), 12);
    follower.asked();
    assert_false(follower.on_head(7, 20));
    assert_true(follower.on_entry(15));
    assert_true(follower.on_end(false) == End::kLive);
}

void a_full_reply_without_anything_new_is_the_end(void**)
{
    Follower follower(7, 10);
    follower.asked();
    assert_false(follower.on_head(7, 10));
    assert_false(follower.on_entry(3));
    assert_true(follower.on_end(true) == End::kLive);
}

void another_epoch_is_read_from_its_begin(void**)
{
    Follower follower = live(10);
    assert_true(follower.on_published(9, 2) == Take::kRead);
    follower.asked();
    assert_true(follower.on_head(9, 2));
    assert_int_equal(follower.seq(), 0);
    assert_true(follower.on_entry(1));
    assert_true(follower.on_entry(2));
    assert_true(follower.on_end(false) == End::kLive);
    assert_int_equal(follower.epoch(), 9);
}

// Over a connection of its own it may overtake the reply.
void what_is_published_while_reading_is_never_lost(void**)
{
    Follower follower(7, 10);
    follower.asked();
    assert_true(follower.on_published(7, 12) == Take::kSkip);
    assert_false(follower.on_head(7, 11));
    assert_true(follower.on_entry(11));
    assert_true(follower.on_end(false) == End::kMore);
    Follower fresh(0, 0);
    fresh.asked();
    assert_true(fresh.on_published(9, 6) == Take::kSkip);
    assert_true(fresh.on_head(9, 5));
    assert_true(fresh.on_end(false) == End::kMore);
}

void nothing_is_taken_without_a_connection(void**)
{
    Follower follower = live(10);
    follower.lost();
    assert_true(follower.step() == Step::kAway);
    assert_true(follower.on_published(7, 11) == Take::kSkip);
    assert_int_equal(follower.seq(), 10);
    follower.again();
    assert_int_equal(follower.seq(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_next_number_is_taken_and_no_other),
        cmocka_unit_test(numbers_of_what_was_replaced_are_not_missed),
        cmocka_unit_test(a_full_reply_is_read_on),
        cmocka_unit_test(a_full_reply_without_anything_new_is_the_end),
        cmocka_unit_test(another_epoch_is_read_from_its_begin),
        cmocka_unit_test(what_is_published_while_reading_is_never_lost),
        cmocka_unit_test(nothing_is_taken_without_a_connection),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
