#include "room/bans.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

void a_ban_holds_for_its_time(void**)
{
    Rig rig;
    Bans bans = rig.rooms.bans();
    uint64_t key = Bans::key("rock", Penalty::kBan, "m3");
    assert_int_equal(bans.left(key, 1000), 0);
    assert_true(bans.add(key, 5000, 1000).ok());
    assert_int_equal(bans.left(key, 1000), 4000);
    assert_int_equal(bans.left(key, 5000), 0);
    assert_true(bans.add(key, 9000, 1000).ok());
    assert_int_equal(bans.left(key, 1000), 8000);
    assert_true(bans.lift(key, 1000));
    assert_int_equal(bans.left(key, 1000), 0);
    assert_false(bans.lift(key, 1000));
    assert_false(bans.lift(1, 1000));
    assert_true(bans.add(key, 5000, 1000).ok());
    assert_false(bans.lift(key, 5000));
}

void keys_differ_by_room_penalty_and_whom(void**)
{
    uint64_t keys[] = {Bans::key("rock", Penalty::kBan, "m3"),
                       Bans::key("rock", Penalty::kMute, "m3"),
                       Bans::key("jazz", Penalty::kBan, "m3"),
                       Bans::key("rock", Penalty::kBan, "m4"),
                       Bans::key("rock", Penalty::kBan, uint64_t{3}),
                       Bans::key("rockm", Penalty::kBan, "3")};
    for (size_t i = 0; i < std::size(keys); i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(keys[i] != keys[j]);
        }
    }
}

void a_full_table_says_so_until_others_are_over(void**)
{
    Rig rig;
    Bans bans = rig.rooms.bans();
    uint64_t key = 1;
    while (bans.add(key, 5000, 1000).ok()) {
        key++;
        assert_true(key < 10000);
    }
    assert_int_equal(bans.add(key, 9000, 1000).fault(), Fault::kTooMany);
    assert_int_equal(bans.left(1, 1000), 4000);
    assert_true(bans.add(key, 9000, 5000).ok());
}

void what_goes_with_it_is_lifted_with_it(void**)
{
    Rig rig;
    Bans bans = rig.rooms.bans();
    assert_true(bans.add(10, 5000, 1000, 20).ok());
    assert_true(bans.add(20, 5000, 1000).ok());
    assert_true(bans.lift(10, 1000));
    assert_int_equal(bans.left(20, 1000), 0);
}

void those_that_hold_are_counted(void**)
{
    Rig rig;
    Bans bans = rig.rooms.bans();
    assert_int_equal(bans.in_force(1000), 0);
    assert_true(bans.add(10, 5000, 1000, 20).ok());
    assert_true(bans.add(20, 5000, 1000).ok());  // the address of the first
    assert_true(bans.add(30, 3000, 1000).ok());
    assert_int_equal(bans.in_force(1000), 2);
    assert_int_equal(bans.in_force(3000), 1);
    assert_true(bans.lift(10, 1000));
    assert_int_equal(bans.in_force(1000), 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_ban_holds_for_its_time),
        cmocka_unit_test(keys_differ_by_room_penalty_and_whom),
        cmocka_unit_test(a_full_table_says_so_until_others_are_over),
        cmocka_unit_test(what_goes_with_it_is_lifted_with_it),
        cmocka_unit_test(those_that_hold_are_counted),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
