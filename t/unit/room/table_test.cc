#include "room/rooms.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

void a_room_is_found_by_its_name(void**)
{
    Rig rig;
    assert_false(rig.rooms.find("rock").ok());
    Room rock = rig.room("rock");
    Room jazz = rig.room("jazz");
    assert_true(rig.rooms.find("rock")->key() == rock.key());
    assert_false(rock.key() == jazz.key());
    char name[kMaxName];
    assert_true(jazz.name(name) == "jazz");
    assert_true(rock.epoch() != 0 && rock.epoch() != jazz.epoch());
    assert_true(rig.room("rock").key() == rock.key());
    assert_int_equal(rig.rooms.open_rooms(), 2);
}

void names_that_are_none_are_refused(void**)
{
    Rig rig;
    std::string longest(kMaxName, 'x');
    for (std::string_view name :
         {std::string_view(""), std::string_view("*"), std::string_view("a\nb"),
          std::string_view("\xff"), std::string_view("a\0b", 3)}) {
        auto made = rig.rooms.find_or_add(name, rig.author, 1);
        assert_true(!made.ok() && made.fault() == Fault::kBadName);
    }
    assert_false(rig.rooms.find_or_add(longest + "x", rig.author, 1).ok());
    assert_true(rig.rooms.find_or_add(longest, rig.author, 1).ok());
}

void a_full_table_refuses_and_those_that_exist_go_on(void**)
{
    Rig rig;
    for (const char* name : {"a", "b", "c", "d"}) {
        rig.room(name);
    }
    auto one_more = rig.rooms.find_or_add("e", rig.author, 1);
    assert_true(!one_more.ok() && one_more.fault() == Fault::kZoneFull);
    assert_int_equal(rig.rooms.times_full(), 1);
    assert_true(rig.rooms.find("d").ok());
    assert_true(rig.rooms.find_or_add("a", rig.author, 1).ok());
}

void what_a_dead_process_left_half_done_is_cleared_away(void**)
{
    for (Phase phase : {Phase::kMade, Phase::kEmptied}) {
        Rig rig;
        Room room = rig.room("half");
        State half = {room.key().life, phase, 55};
        room.head().state.store(half.word());
        rig.author.is_gone = everybody_is_gone;
        for (const char* name : {"a", "b", "c", "d"}) {
            rig.room(name);
        }
        assert_int_equal(rig.rooms.open_rooms(), 4);
        assert_false(rig.rooms.find("half").ok());
    }
}

// A name whose room is being forgotten by somebody who stopped can be had anew.
void a_name_is_not_held_up_by_who_stopped_while_forgetting_it(void**)
{
    Rig rig;
    Room room = rig.room();
    State half = {room.key().life, Phase::kEmptied, 55};
    room.head().state.store(half.word());
    Room again = rig.room();
    assert_false(again.key() == room.key());
    assert_true(rig.rooms.find("rock")->key() == again.key());
}

void a_made_room_that_is_settled_is_opened_by_who_finds_it(void**)
{
    Rig rig;
    Room room = rig.room();
    State made = {room.key().life, Phase::kMade, 55};
    room.head().state.store(made.word());
    assert_true(rig.rooms.find("rock")->key() == room.key());
    assert_true(room.is_open());
}

void many_rooms_come_and_go(void**)
{
    Rig rig({500, 500 * 4096, 4096}, size_t{16} << 20);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 500; i++) {
            rig.room("r" + std::to_string(round * 100 + i));
        }
        assert_int_equal(rig.rooms.open_rooms(), 500);
        rig.pass(100);
        for (size_t i = 0; i < 500; i++) {
            auto room = rig.rooms.at(i);
            assert_true(room.ok());
            assert_true(rig.rooms.forget(*room, 1, rig.author, rig.now.ticks));
        }
        assert_int_equal(rig.rooms.open_rooms(), 0);
    }
    assert_int_equal(rig.rooms.times_full(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_room_is_found_by_its_name),
        cmocka_unit_test(names_that_are_none_are_refused),
        cmocka_unit_test(a_full_table_refuses_and_those_that_exist_go_on),
        cmocka_unit_test(what_a_dead_process_left_half_done_is_cleared_away),
        cmocka_unit_test(
            a_name_is_not_held_up_by_who_stopped_while_forgetting_it),
        cmocka_unit_test(a_made_room_that_is_settled_is_opened_by_who_finds_it),
        cmocka_unit_test(many_rooms_come_and_go),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
