#include "engine/link.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::engine;

namespace {

using Take = Link::Take;
using End = Link::End;
using Step = Link::Step;

Link live(uint64_t seq)
{
    Link link(7, seq);
    link.asked();
    link.on_head(7, seq, false);
    assert_true(link.on_end() == End::kLive);
    return link;
}

void the_next_number_is_shown_and_no_other(void**)
{
    Link link = live(10);
    assert_true(link.on_published(7, 11) == Take::kShow);
    assert_true(link.on_published(7, 11) == Take::kSkip);
    assert_true(link.on_published(7, 3) == Take::kSkip);
    assert_true(link.on_published(7, 12) == Take::kShow);
    assert_int_equal(link.seq(), 12);
    // Something is missing, or it is another room.
    assert_true(link.on_published(7, 14) == Take::kRead);
    assert_true(link.on_published(8, 1) == Take::kRead);
    assert_int_equal(link.seq(), 12);
}

void what_was_missed_is_read_on(void**)
{
    Link link(7, 10);
    assert_true(link.on_published(7, 11) == Take::kSkip);
    link.asked();
    link.on_head(7, 13, false);
    assert_true(link.on_entry(11) == Take::kShow);
    assert_true(link.on_entry(12) == Take::kShow);
    assert_true(link.on_entry(13) == Take::kShow);
    assert_true(link.on_end() == End::kLive);
    assert_int_equal(link.seq(), 13);
    assert_true(link.on_published(7, 14) == Take::kShow);
}

void a_reply_that_ends_early_is_read_on(void**)
{
    Link link(7, 10);
    link.asked();
    link.on_head(7, 13, false);
    assert_true(link.on_entry(11) == Take::kShow);
    assert_true(link.on_end() == End::kMore);
    link.asked();
    link.on_head(7, 13, false);
    assert_true(link.on_entry(11) == Take::kSkip);
    assert_true(link.on_entry(12) == Take::kShow);
    assert_true(link.on_entry(13) == Take::kShow);
    assert_true(link.on_end() == End::kLive);
}

// Over a connection of its own it may overtake the reply.
void what_is_published_while_reading_is_never_lost(void**)
{
    Link link(7, 10);
    link.asked();
    assert_true(link.on_published(7, 12) == Take::kSkip);
    link.on_head(7, 11, false);
    assert_true(link.on_entry(11) == Take::kShow);
    assert_true(link.on_end() == End::kMore);
    link.asked();
    link.on_head(7, 12, false);
    assert_true(link.on_published(9, 1) == Take::kSkip);
    assert_true(link.on_entry(12) == Take::kShow);
    assert_true(link.on_end() == End::kMore);
    // Also of a room of which nothing is known yet.
    Link fresh(0, 0);
    fresh.asked();
    assert_true(fresh.on_published(9, 6) == Take::kSkip);
    fresh.on_head(9, 5, true);
    assert_true(fresh.on_end() == End::kTurn);
    assert_true(fresh.newest() > fresh.seq());
}

void another_room_is_remembered_and_turned_to(void**)
{
    Link link(7, 10);
    link.asked();
    link.on_head(8, 3, true);
    assert_true(link.on_entry(3) == Take::kRemember);
    assert_true(link.on_entry(2) == Take::kRemember);
    assert_true(link.on_end() == End::kTurn);
    assert_int_equal(link.epoch(), 8);
    assert_int_equal(link.seq(), 3);
    assert_true(link.on_published(8, 4) == Take::kShow);
    assert_true(link.on_published(7, 5) == Take::kRead);
}

// Its epoch is that which is known, but its stream does not reach back.
void a_gap_turns_too(void**)
{
    Link link(7, 10);
    link.asked();
    link.on_head(7, 500, true);
    assert_true(link.on_entry(500) == Take::kRemember);
    assert_true(link.on_end() == End::kTurn);
    assert_int_equal(link.seq(), 500);
}

void one_that_went_on_by_itself_turns_when_it_is_back(void**)
{
    Link link = live(10);
    link.lost();
    link.forget();
    assert_true(link.step() == Step::kAway);
    assert_true(link.on_published(7, 11) == Take::kSkip);
    link.asked();
    link.on_head(7, 10, false);
    assert_true(link.on_end() == End::kTurn);
}

void a_connection_that_breaks_keeps_what_is_known(void**)
{
    Link link = live(10);
    link.lost();
    assert_int_equal(link.epoch(), 7);
    assert_int_equal(link.seq(), 10);
    assert_true(link.on_published(7, 11) == Take::kSkip);
    link.asked();
    link.on_head(7, 11, false);
    assert_true(link.on_entry(11) == Take::kShow);
    assert_true(link.on_end() == End::kLive);
}

void a_short_pause_is_waited_out(void**)
{
    assert_false(is_away(0, 100000));
    assert_false(is_away(1000, 1249));
    assert_true(is_away(1000, 1250));
}

void attempts_become_rarer_and_are_spread(void**)
{
    uint32_t before = 0;
    for (uint32_t failures = 0; failures < 20; failures++) {
        uint32_t least = backoff_ms(failures, 0);
        assert_true(least >= 50 && least <= 2500 && least >= before);
        for (uint32_t random = 0; random < 10000; random += 77) {
            uint32_t ms = backoff_ms(failures, random);
            assert_true(ms >= least && ms <= 2 * least);
        }
        before = least;
    }
    assert_int_equal(before, 2500);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_next_number_is_shown_and_no_other),
        cmocka_unit_test(what_was_missed_is_read_on),
        cmocka_unit_test(a_reply_that_ends_early_is_read_on),
        cmocka_unit_test(what_is_published_while_reading_is_never_lost),
        cmocka_unit_test(another_room_is_remembered_and_turned_to),
        cmocka_unit_test(a_gap_turns_too),
        cmocka_unit_test(one_that_went_on_by_itself_turns_when_it_is_back),
        cmocka_unit_test(a_connection_that_breaks_keeps_what_is_known),
        cmocka_unit_test(a_short_pause_is_waited_out),
        cmocka_unit_test(attempts_become_rarer_and_are_spread),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
