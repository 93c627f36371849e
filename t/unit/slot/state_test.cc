#include "unit/cmocka.h"

#include "slot/state.h"

using namespace onair;
using namespace onair::slot;

namespace {

Played played(std::string_view title, uint64_t seq)
{
    Played p;
    p.track.title = title;
    p.seq = seq;
    return p;
}

const Played kTracks[] = {played("C", 7), played("B", 4), played("A", 3)};
const Moment kMoments[] = {
    {7, 9000, Status::kLive, true, 1, {}},
    {6, 8000, Status::kLive, false, 2, {}},
    {5, 6000, Status::kStale, true, 3, {}},
    {4, 4000, Status::kLive, true, 4, {}},
};

State kept()
{
    State s;
    s.at = kMoments[0];
    s.tracks = kTracks;
    s.moments = kMoments;
    return s;
}

void a_state_is_seen_as_it_was_at_an_earlier_change(void**)
{
    State then;
    assert_true(state_at(kept(), 7, &then));
    assert_true(then.now()->title == "C");
    assert_int_equal(then.history().size(), 2);
    assert_true(state_at(kept(), 5, &then));
    assert_true(then.now()->title == "B");
    assert_true(then.at.status == Status::kStale);
    assert_int_equal(then.at.subscribers, 3);
    assert_int_equal(then.history().size(), 1);
    assert_int_equal(then.moments.size(), 2);
    assert_int_equal(then.moments[0].seq, 5);
    assert_true(state_at(kept(), 6, &then));
    assert_null(then.now());
    assert_int_equal(then.history().size(), 2);
}

void what_is_not_kept_cannot_be_seen(void**)
{
    State then;
    for (uint64_t seq : {uint64_t{0}, uint64_t{3}, uint64_t{8}, UINT64_MAX}) {
        assert_false(state_at(kept(), seq, &then));
    }
    assert_false(state_at(State{}, 0, &then));
    assert_false(state_at(State{}, 1, &then));
    // The moment is kept but the track that was on is not.
    State s = kept();
    s.tracks = s.tracks.first(1);
    assert_false(state_at(s, 5, &then));
    assert_true(state_at(s, 7, &then));
    assert_true(state_at(s, 6, &then));
}

void a_delayed_view_shows_the_newest_change_old_enough(void**)
{
    UnixMs next = 0;
    assert_int_equal(seq_delayed(kept(), 0, 9000, &next), 7);
    assert_int_equal(next, kNoTime);
    assert_int_equal(seq_delayed(kept(), 1000, 9999, &next), 6);
    assert_int_equal(next, 10000);
    assert_int_equal(seq_delayed(kept(), 1000, 10000, &next), 7);
    assert_int_equal(seq_delayed(kept(), 3000, 9000, &next), 5);
    assert_int_equal(next, 11000);
    assert_int_equal(seq_delayed(kept(), 3000, 9000, nullptr), 5);
}

void the_oldest_kept_shows_where_none_is_old_enough(void**)
{
    UnixMs next = 0;
    assert_int_equal(seq_delayed(kept(), 60000, 9000, &next), 4);
    assert_int_equal(next, 66000);
    State one = kept();
    one.moments = one.moments.first(1);
    assert_int_equal(seq_delayed(one, 60000, 9000, &next), 7);
    assert_int_equal(next, kNoTime);
    next = 5;
    assert_int_equal(seq_delayed(State{}, 1000, 9000, &next), 0);
    assert_int_equal(next, kNoTime);
}

void a_clock_set_back_does_not_hold_changes_for_ever(void**)
{
    assert_int_equal(seq_delayed(kept(), 1000, 9000 - 60001, nullptr), 7);
    assert_int_equal(seq_delayed(kept(), 1000, 8900, nullptr), 5);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_seen_as_it_was_at_an_earlier_change),
        cmocka_unit_test(what_is_not_kept_cannot_be_seen),
        cmocka_unit_test(a_delayed_view_shows_the_newest_change_old_enough),
        cmocka_unit_test(the_oldest_kept_shows_where_none_is_old_enough),
        cmocka_unit_test(a_clock_set_back_does_not_hold_changes_for_ever),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
