// The zone's rooms as a whole: its memory, who is in, places, ids.
#include "room/rooms.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

void a_room_is_forgotten_after_its_hold_and_its_place_is_free(void**)
{
    Rig rig;
    Room room = rig.room();
    uint32_t epoch = room.epoch();
    rig.pass(60000);
    assert_false(rig.rooms.forget(room, 60000, rig.author, rig.now.ticks));
    rig.pass(1);
    assert_true(rig.rooms.forget(room, 60000, rig.author, rig.now.ticks));
    assert_false(room.is_open());
    assert_false(rig.rooms.find("rock").ok());
    assert_false(rig.rooms.of(room.key()).ok());
    Room again = rig.room();
    assert_false(again.key() == room.key());
    assert_true(again.epoch() != epoch);
    for (const char* name : {"b", "c", "d"}) {
        rig.room(name);
    }
}

void a_room_with_members_stays(void**)
{
    Rig rig;
    Room room = rig.room();
    assert_true(rig.rooms.enter(room, 1, Role::kRobot));
    rig.pass(100000);
    assert_false(rig.rooms.forget(room, 1, rig.author, rig.now.ticks));
    assert_true(room.is_open());
    room.tick(rig.now.ticks, false);
    room.count(1, Role::kRobot, -1);
    rig.pass(10);
    room.tick(rig.now.ticks, false);
    rig.pass(10);
    assert_true(rig.rooms.forget(room, 5, rig.author, rig.now.ticks));
}

void nobody_enters_a_room_that_was_forgotten(void**)
{
    Rig rig;
    Room room = rig.room();
    rig.pass(100);
    assert_true(rig.rooms.forget(room, 1, rig.author, rig.now.ticks));
    assert_false(rig.rooms.enter(room, 0, Role::kViewer));
    Room again = rig.room();
    assert_int_equal(again.counts().connections, 0);
    assert_false(rig.rooms.enter(room, 0, Role::kViewer));
}

// Whoever wanted to forget it died or stopped in between.
void who_enters_takes_back_a_room_that_is_being_forgotten(void**)
{
    Rig rig;
    Room room = rig.room();
    State closing = {room.key().life, Phase::kClosing, 55};
    room.head().state.store(closing.word());
    assert_true(rig.rooms.find("rock").ok());
    assert_true(rig.rooms.enter(room, 0, Role::kViewer));
    assert_true(State::of(room.head().state.load()).phase == Phase::kOpen);
    assert_int_equal(room.counts().members(), 1);
}

void a_worker_that_is_gone_is_counted_off(void**)
{
    Rig rig;
    Room room = rig.room();
    for (size_t place : {0u, 1u, 3u}) {
        assert_true(rig.rooms.enter(room, place, Role::kParticipant));
    }
    rig.rooms.forget_place(1, rig.now.ticks);
    assert_int_equal(room.counts().members(), 2);
    assert_int_equal(room.here(1), 0);
    rig.rooms.forget_place(100000, rig.now.ticks);
}

void a_place_is_one_workers_until_it_is_forgotten(void**)
{
    Rig rig;
    size_t places = rig.rooms.plan().places;
    for (size_t i = 0; i < places; i++) {
        assert_int_equal(*rig.rooms.claim_place(100 + i), i);
        assert_int_equal(*rig.rooms.worker_at(i), 100 + i);
    }
    assert_false(rig.rooms.claim_place(1).ok());
    assert_int_equal(*rig.rooms.claim_place(102), 2);
    Room room = rig.room();
    assert_true(rig.rooms.enter(room, 2, Role::kParticipant));
    rig.rooms.forget_worker(102, rig.now.ticks);
    assert_int_equal(room.counts().connections, 0);
    assert_false(rig.rooms.worker_at(2).ok());
    rig.rooms.forget_worker(102, rig.now.ticks);
    assert_int_equal(*rig.rooms.claim_place(1), 2);
    assert_false(rig.rooms.claim_place(102).ok());
}

void ids_are_given_once(void**)
{
    Rig rig;
    char a[kMaxId], b[kMaxId];
    assert_true(rig.rooms.new_id(1, a) != rig.rooms.new_id(1, b));
    assert_true(rig.rooms.new_id(UINT32_MAX, a).size() <= 20);
}

void only_the_first_of_many_wakes(void**)
{
    Rig rig;
    assert_true(rig.rooms.has_to_be_woken(2));
    assert_false(rig.rooms.has_to_be_woken(2));
    rig.rooms.looks(2);
    assert_true(rig.rooms.has_to_be_woken(2));
}

void memory_is_opened_only_with_the_plan_it_was_made_by(void**)
{
    Rig rig;
    rig.room("rock");
    Plan plan = rig.rooms.plan();
    Result<Rooms> again = Rooms::open(rig.memory(), plan);
    assert_true(again.ok() && again->find("rock").ok());
    assert_int_equal(again->zone_epoch(), 7);
    assert_true(Rooms::open(rig.memory().first(plan.size - 1), plan).fault() ==
                Fault::kLayoutChanged);
    Plan other = plan;
    other.rooms++;
    assert_true(Rooms::open(rig.memory(), other).fault() ==
                Fault::kLayoutChanged);
    rig.rooms.head().magic.store(0);
    assert_true(Rooms::open(rig.memory(), plan).fault() ==
                Fault::kLayoutChanged);
}

void no_epoch_is_given_twice(void**)
{
    Rig rig;
    uint32_t first = rig.rooms.new_epoch();
    uint32_t second = rig.rooms.new_epoch();
    assert_true(first != 0 && second != 0 && first != second);
}

void rooms_that_are_open_are_counted(void**)
{
    Rig rig;
    assert_int_equal(rig.rooms.open_rooms(), 0);
    rig.room("rock");
    Room jazz = rig.room("jazz");
    assert_int_equal(rig.rooms.open_rooms(), 2);
    rig.pass(10);
    assert_true(rig.rooms.forget(jazz, 1, rig.author, rig.now.ticks));
    assert_int_equal(rig.rooms.open_rooms(), 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(
            a_room_is_forgotten_after_its_hold_and_its_place_is_free),
        cmocka_unit_test(a_room_with_members_stays),
        cmocka_unit_test(nobody_enters_a_room_that_was_forgotten),
        cmocka_unit_test(who_enters_takes_back_a_room_that_is_being_forgotten),
        cmocka_unit_test(a_worker_that_is_gone_is_counted_off),
        cmocka_unit_test(a_place_is_one_workers_until_it_is_forgotten),
        cmocka_unit_test(ids_are_given_once),
        cmocka_unit_test(only_the_first_of_many_wakes),
        cmocka_unit_test(memory_is_opened_only_with_the_plan_it_was_made_by),
        cmocka_unit_test(no_epoch_is_given_twice),
        cmocka_unit_test(rooms_that_are_open_are_counted),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
