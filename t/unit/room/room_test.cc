#include "room/room.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

void counts_are_the_sum_of_all_workers(void**)
{
    Rig rig;
    Room room = rig.room();
    room.count(0, Role::kViewer, 1);
    room.count(1, Role::kParticipant, 1);
    room.count(2, Role::kParticipant, 1);
    room.count(2, Role::kRobot, 1);
    Counts counts = room.counts();
    assert_int_equal(counts.connections, 4);
    assert_int_equal(counts.members(), 3);
    assert_int_equal(counts.roles[static_cast<size_t>(Role::kParticipant)], 2);
    room.count(2, Role::kParticipant, -1);
    assert_int_equal(room.counts().members(), 2);
    assert_int_equal(room.here(2), 1);
}

void a_count_never_goes_below_nothing(void**)
{
    Rig rig;
    Room room = rig.room();
    room.count(0, Role::kViewer, -1);
    assert_int_equal(room.counts().members(), 0);
    room.count(0, Role::kViewer, 1);
    assert_int_equal(room.counts().members(), 1);
}

void rooms_do_not_share_their_counts(void**)
{
    Rig rig;
    Room rock = rig.room("rock"), jazz = rig.room("jazz");
    rock.count(0, Role::kViewer, 1);
    jazz.count(1, Role::kViewer, 1);
    jazz.count(1, Role::kViewer, 1);
    assert_int_equal(rock.counts().members(), 1);
    assert_int_equal(jazz.counts().members(), 2);
}

void watch_time_is_the_count_times_the_time(void**)
{
    Rig rig;
    Room room = rig.room();
    room.count(0, Role::kViewer, 1);
    room.count(1, Role::kParticipant, 1);
    room.count(1, Role::kRobot, 1);
    room.tick(1000, false);
    assert_int_equal(room.watched_ms(), 0);
    room.tick(2000, false);
    assert_int_equal(room.watched_ms(), 2000);
    room.tick(2000, false);  // another worker, the same moment
    assert_int_equal(room.watched_ms(), 2000);
    room.tick(1500, false);  // a clock behind
    assert_int_equal(room.watched_ms(), 2000);
    room.tick(600000, false);  // the server stood still
    assert_int_equal(room.watched_ms(), 2000);
    room.tick(600500, false);
    assert_int_equal(room.watched_ms(), 3000);
}

void the_peak_is_of_the_time_on_air_only(void**)
{
    Rig rig;
    Room room = rig.room();
    for (int i = 0; i < 5; i++) {
        room.count(0, Role::kViewer, 1);
    }
    room.tick(1000, false);
    assert_int_equal(room.peak(), 0);
    room.count(0, Role::kViewer, -2);
    room.tick(2000, true);
    assert_int_equal(room.peak(), 3);
    room.count(0, Role::kViewer, -1);
    room.tick(3000, true);
    assert_int_equal(room.peak(), 3);
}

void modes_come_back_as_they_were_set(void**)
{
    Rig rig;
    Room room = rig.room();
    assert_true(room.modes() == Modes());
    for (size_t who = 0; who < kWhos; who++) {
        Modes modes = {kLongestSlowMs, static_cast<Who>(who), who % 2 == 0,
                       who < 2};
        room.set_modes(modes);
        assert_true(room.modes() == modes);
        assert_true(*who_of(word(modes.who)) == modes.who);
    }
    assert_false(who_of("king").ok());
}

void reactions_add_up(void**)
{
    Rig rig;
    Room room = rig.room();
    room.react(0, 3);
    room.react(7, 1);
    room.react(0, 2);
    assert_int_equal(room.reactions(0), 5);
    assert_int_equal(room.reactions(7), 1);
    assert_int_equal(room.reactions(1), 0);
}

void numbers_are_given_once(void**)
{
    Rig rig;
    Room room = rig.room();
    assert_int_equal(room.next_seq(), 1);
    assert_int_equal(room.next_seq(), 2);
    assert_int_equal(room.seq(), 2);
    assert_int_equal(rig.room("jazz").next_seq(), 1);
}

void emptiness_is_timed(void**)
{
    Rig rig;
    Room room = rig.room();
    rig.pass(50);
    assert_int_equal(room.empty_for(rig.now.ticks), 50);
    room.count(0, Role::kRobot, 1);
    room.tick(rig.now.ticks, false);
    assert_int_equal(room.empty_for(rig.now.ticks), 0);
    room.count(0, Role::kRobot, -1);
    rig.pass(10);
    room.tick(rig.now.ticks, false);
    rig.pass(30);
    assert_int_equal(room.empty_for(rig.now.ticks), 30);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_the_sum_of_all_workers),
        cmocka_unit_test(a_count_never_goes_below_nothing),
        cmocka_unit_test(rooms_do_not_share_their_counts),
        cmocka_unit_test(watch_time_is_the_count_times_the_time),
        cmocka_unit_test(the_peak_is_of_the_time_on_air_only),
        cmocka_unit_test(modes_come_back_as_they_were_set),
        cmocka_unit_test(reactions_add_up),
        cmocka_unit_test(numbers_are_given_once),
        cmocka_unit_test(emptiness_is_timed),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
