#include "room/members.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

struct Table {
    Rig rig;
    Members members = rig.rooms.members();
    RoomKey rock = rig.room("rock").key();
    RoomKey jazz = rig.room("jazz").key();

    size_t add(std::string_view id, size_t place = 0, RoomKey room = {})
    {
        Member m;
        m.id = id;
        m.name = "Anna";
        m.role = Role::kModerator;
        m.known = true;
        m.sender = 9;
        m.address = 4;
        m.since = 1000;
        auto index = members.add(room.life != 0 ? room : rock, m, place);
        assert_true(index.ok());
        return *index;
    }
    std::string list(const RoomKey& room)
    {
        std::vector<std::string> ids;
        members.each(room, [&ids](const Found& found, const Member& m) {
            ids.push_back(std::string(m.id) + (found.absent ? "-" : ""));
        });
        std::sort(ids.begin(), ids.end());
        std::string text;
        for (const std::string& id : ids) {
            text += id + " ";
        }
        return text;
    }
};

void a_member_is_found_with_all_it_has(void**)
{
    Table t;
    t.add("m3");
    auto found = t.members.find(t.rock, "m3");
    assert_true(found.ok() && !found->absent);
    uint8_t texts[kMaxId + kMaxMemberName];
    auto m = t.members.read(*found, texts);
    assert_true(m.ok() && m->id == "m3" && m->name == "Anna" &&
                m->role == Role::kModerator && m->known && m->sender == 9 &&
                m->address == 4 && m->since == 1000);
    assert_false(t.members.find(t.jazz, "m3").ok());
    assert_false(t.members.find(t.rock, "m33").ok());
    RoomKey other_life = {t.rock.index, t.rock.life + 1};
    assert_false(t.members.find(other_life, "m3").ok());
}

void one_that_is_absent_may_come_back(void**)
{
    Table t;
    size_t index = t.add("m3");
    t.members.set_absent(index, 100);
    auto found = t.members.find(t.rock, "m3");
    assert_true(found.ok() && found->absent);
    Member m;
    m.id = "m3";
    m.name = "Anna 2";
    assert_true(t.members.take_back(*found, m, 2));
    assert_false(t.members.take_back(*found, m, 3));  // was quicker
    found = t.members.find(t.rock, "m3");
    assert_true(found.ok() && !found->absent);
    t.members.forget_worker(0, 200);
    assert_false(t.members.find(t.rock, "m3")->absent);
    t.members.forget_worker(2, 200);
    assert_true(t.members.find(t.rock, "m3")->absent);
}

void the_absent_are_forgotten_after_the_hold(void**)
{
    Table t;
    t.members.set_absent(t.add("a"), 100);
    t.members.set_absent(t.add("b"), 150);
    t.add("c");
    std::string gone;
    auto forget = [&](Ticks now) {
        t.members.forget_absent(now, 50, 0, t.members.count(),
                                [&](uint64_t room, const Member& m) {
                                    assert_int_equal(room, t.rock.word());
                                    gone += std::string(m.id) + " ";
                                });
    };
    forget(150);
    assert_string_equal(gone.c_str(), "");
    forget(151);
    assert_string_equal(gone.c_str(), "a ");
    forget(201);
    assert_string_equal(gone.c_str(), "a b ");
    assert_string_equal(t.list(t.rock).c_str(), "c ");
}

void two_connections_of_one_id_are_one_person(void**)
{
    Table t;
    size_t first = t.add("a");
    t.add("a", 1);
    t.add("b", 1);
    t.add("a", 1, t.jazz);
    assert_int_equal(t.members.people(t.rock), 2);
    t.members.remove(first);
    assert_true(t.members.find(t.rock, "a").ok());
    assert_int_equal(t.members.people(t.rock), 2);
    t.members.set_absent(t.members.find(t.rock, "a")->index, 5);
    assert_int_equal(t.members.people(t.rock), 1);
}

void a_connection_goes_before_an_absence(void**)
{
    Table t;
    size_t first = t.add("a");
    size_t second = t.add("a");
    t.members.set_absent(first, 1);
    assert_int_equal(t.members.find(t.rock, "a")->index, second);
    assert_false(t.members.find(t.rock, "a")->absent);
}

void nobody_is_held_who_is_there(void**)
{
    Table t;
    t.members.set_absent(t.add("a"), 1);
    assert_string_equal(t.list(t.rock).c_str(), "a- ");
    // Back before the old connection was gone: by a leave, by a worker's death.
    size_t old = t.add("b");
    t.add("b", 1);
    t.members.set_absent(old, 2);
    assert_string_equal(t.list(t.rock).c_str(), "a- b ");
    t.add("b", 3);
    t.members.forget_worker(1, 3);
    assert_string_equal(t.list(t.rock).c_str(), "a- b ");
    // In another room is not there.
    t.add("a", 1, t.jazz);
    t.members.set_absent(t.members.find(t.rock, "b")->index, 4);
    assert_string_equal(t.list(t.rock).c_str(), "a- b- ");
}

void the_longest_absent_makes_room(void**)
{
    Table t;
    Member m;
    std::string id;
    std::vector<size_t> all;
    for (int i = 0;; i++) {
        id = "m" + std::to_string(i);
        m.id = id;
        auto index = t.members.add(t.rock, m, 0);
        if (!index.ok()) {
            break;
        }
        all.push_back(*index);
    }
    std::string gone;
    auto forget = [&] {
        return t.members.forget_oldest(
            t.rock, id, [&](uint64_t word, const Member& member) {
                assert_true(RoomKey::of(word) == t.rock);
                gone = member.id;
            });
    };
    assert_false(forget());
    assert_string_equal(gone.c_str(), "");
    for (size_t i = 0; i < all.size(); i++) {
        t.members.set_absent(all[i], 1000 - i);
    }
    assert_true(forget());
    assert_string_not_equal(gone.c_str(), "");
    auto index = t.members.add(t.rock, m, 0);
    assert_true(index.ok());
    // Of those that are left in its reach none was absent for longer.
    int number = std::stoi(gone.substr(1));
    while (forget()) {
        assert_true(std::stoi(gone.substr(1)) < number);
        number = std::stoi(gone.substr(1));
    }
    assert_true(t.members.find(t.rock, id)->index == *index);
}

void a_full_table_says_so_and_gives_places_again(void**)
{
    Table t;
    std::vector<size_t> all;
    Member m;
    std::string id;
    for (int i = 0;; i++) {
        id = "m" + std::to_string(i);
        m.id = id;
        auto index = t.members.add(t.rock, m, 0);
        if (!index.ok()) {
            assert_true(index.fault() == Fault::kZoneFull);
            break;
        }
        all.push_back(*index);
    }
    assert_true(all.size() > t.members.count() / 4);
    for (size_t index : all) {
        t.members.remove(index);
    }
    assert_string_equal(t.list(t.rock).c_str(), "");
    assert_true(t.members.add(t.rock, m, 0).ok());
}

void a_worker_that_died_while_it_added_leaves_nothing(void**)
{
    Table t;
    size_t index = t.add("a", 2);
    t.members.entry(index).room.store(UINT64_MAX);
    t.members.forget_worker(2, 5);
    assert_int_equal(t.members.entry(index).word.load(), 0);
    // Where another stood before: its room and id are still there.
    index = t.add("b", 2);
    t.members.entry(index).id.set("c");
    t.members.forget_worker(2, 5);
    assert_int_equal(t.members.entry(index).word.load(), 0);
}

void a_room_that_is_forgotten_takes_its_absent_with_it(void**)
{
    Table t;
    t.members.set_absent(t.add("a"), 1);
    t.members.set_absent(t.add("b", 0, t.jazz), 1);
    t.members.forget_room(t.rock);
    assert_string_equal(t.list(t.rock).c_str(), "");
    assert_string_equal(t.list(t.jazz).c_str(), "b- ");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_found_with_all_it_has),
        cmocka_unit_test(one_that_is_absent_may_come_back),
        cmocka_unit_test(the_absent_are_forgotten_after_the_hold),
        cmocka_unit_test(two_connections_of_one_id_are_one_person),
        cmocka_unit_test(a_connection_goes_before_an_absence),
        cmocka_unit_test(nobody_is_held_who_is_there),
        cmocka_unit_test(the_longest_absent_makes_room),
        cmocka_unit_test(a_full_table_says_so_and_gives_places_again),
        cmocka_unit_test(a_worker_that_died_while_it_added_leaves_nothing),
        cmocka_unit_test(a_room_that_is_forgotten_takes_its_absent_with_it),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
