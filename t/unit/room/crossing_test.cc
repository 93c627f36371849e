#include "room/crossing.h"

#include "room/event.h"
#include "room/report.h"
#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

Options many_machines()
{
    Options options = {4, 16384, 65536};
    options.shared = true;
    return options;
}

// The next message that is not on its way, as "kind seq".
std::string shown(Rig* rig)
{
    for (;;) {
        Message m = rig->next();
        if (m.kind == Kind::kClose && m.from_id.empty()) {
            return "";
        }
        if (!is_on_its_way(rig->rooms, m)) {
            return std::to_string(static_cast<int>(m.kind)) + " " +
                   std::to_string(m.seq) + " " + std::string(m.said);
        }
    }
}

Message said(std::string_view text, uint64_t seq, uint32_t epoch = 77)
{
    Message m;
    m.epoch = epoch;
    m.seq = seq;
    m.time = 1000;
    m.from_id = "x";
    m.from_name = "X";
    m.said = text;
    return m;
}

size_t history_of(const Room& room)
{
    static uint8_t memory[kMaxPacked];
    size_t count = 0;
    room.history().each(0, UINT64_MAX, SIZE_MAX, memory,
                        [&count](uint64_t, ConstBytes) { count++; });
    return count;
}

void what_is_said_waits_for_its_number(void**)
{
    Rig rig(many_machines());
    Speaker anna = rig.speaker("Anna");
    rig.skip_all();
    Verdict verdict = rig.say(anna, R"({"say":"hi","ref":1})");
    assert_true(verdict.ok());
    assert_true(verdict.seq == kOnItsWay);
    assert_int_equal(rig.room().seq(), 0);
    assert_int_equal(history_of(rig.room()), 0);
    Message m = rig.next();
    assert_int_equal(m.seq, 0);
    assert_true(is_on_its_way(rig.rooms, m));
    // The same again is not said again, before its number came and after.
    assert_true(rig.say(anna, R"({"say":"hi","ref":1})").seq == kOnItsWay);
    assert_true(shown(&rig).empty());
    m.epoch = 77;
    m.seq = 5;
    take_in(rig.floor(), &m, false);
    assert_int_equal(rig.say(anna, R"({"say":"hi","ref":1})").seq, 5);
}

void without_other_machines_nothing_is_on_its_way(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    rig.skip_all();
    assert_int_equal(rig.say(anna, R"({"say":"hi"})").seq, 2);
    assert_false(is_on_its_way(rig.rooms, rig.next()));
    assert_true(rig.room().reach() == Reach::kOneMachine);
}

void what_comes_back_is_shown_once(void**)
{
    Rig rig(many_machines());
    Room room = rig.room();
    go_all(rig.floor(), 77, 10);
    assert_true(shown(&rig) == "8 10 \"all\"");
    Message m = said("1", 11);
    take_in(rig.floor(), &m, true);
    assert_true(shown(&rig) == "0 11 1");
    assert_int_equal(room.seq(), 11);
    assert_int_equal(room.epoch(), 77);
    take_in(rig.floor(), &m, true);
    assert_true(shown(&rig).empty());
    assert_int_equal(history_of(room), 1);
    // Whoever had the connection before died behind the history.
    room.head().seq.store(10);
    take_in(rig.floor(), &m, true);
    assert_int_equal(history_of(room), 1);
    assert_true(shown(&rig) == "0 11 1");
}

void a_room_goes_on_by_itself_in_numbers_of_its_own(void**)
{
    Rig rig(many_machines());
    Room room = rig.room();
    assert_true(room.reach() == Reach::kLocal);  // of others nothing is known
    go_all(rig.floor(), 77, 10);
    rig.skip_all();
    go_local(rig.floor());
    assert_true(room.reach() == Reach::kLocal);
    assert_true(room.epoch() != 77);
    assert_true(shown(&rig) == "8 11 \"local\"");
    go_local(rig.floor());
    assert_true(shown(&rig).empty());
    Message m = said("1", 0, 0);
    number_here(rig.floor(), &m);
    assert_true(shown(&rig) == "0 12 1");
    assert_int_equal(m.epoch, room.epoch());
}

void coming_back_brings_the_history_of_all(void**)
{
    Rig rig(many_machines());
    Room room = rig.room();
    Message m = said("\"mine\"", 0);
    number_here(rig.floor(), &m);
    assert_int_equal(history_of(room), 1);
    room.history().begin_anew(4);
    for (uint64_t seq : {5, 6}) {
        Message past = said("1", seq);
        remember(rig.floor(), &past, true);
    }
    go_all(rig.floor(), 77, 6);
    assert_int_equal(history_of(room), 2);
    assert_int_equal(room.seq(), 6);
    static uint8_t memory[kMaxPacked];
    assert_true(room.history().gap(3, memory));
    assert_false(room.history().gap(4, memory));
}

void what_others_moderate_is_done_here(void**)
{
    Rig rig(many_machines());
    Room room = rig.room();
    go_all(rig.floor(), 77, 10);
    for (uint64_t seq : {11, 12, 13}) {
        Message m = said("1", seq);
        take_in(rig.floor(), &m, true);
    }
    Message m = said("[11,13]", 14);
    m.kind = Kind::kDeleted;
    m.from_id = m.from_name = "";
    take_in(rig.floor(), &m, true);
    assert_int_equal(history_of(room), 1);
    m = said("{}", 15);
    m.kind = Kind::kModes;
    Modes modes;
    modes.slow_ms = 7000;
    m.ref = modes.word();
    take_in(rig.floor(), &m, true);
    assert_true(room.modes() == modes);
    m = said("", 16);
    m.kind = Kind::kClose;
    m.type = "muted";
    m.ref = static_cast<uint64_t>(rig.now.unix_ms) + 5000;
    take_in(rig.floor(), &m, true);
    uint64_t key = Bans::key("rock", Penalty::kMute, "x");
    assert_true(rig.rooms.bans().left(key, rig.now.unix_ms) > 0);
    m.seq = 17;
    m.type = "unmuted";
    take_in(rig.floor(), &m, true);
    assert_int_equal(rig.rooms.bans().left(key, rig.now.unix_ms), 0);
    m = said("", 18);
    m.kind = Kind::kCleared;
    take_in(rig.floor(), &m, true);
    assert_int_equal(history_of(room), 0);
}

void who_is_elsewhere_counts(void**)
{
    Rig rig(many_machines());
    rig.speaker("Anna");
    rig.room().head().others.store(60);
    assert_int_equal(rig.room().members_everywhere(), 61);
    assert_int_equal(people_everywhere(rig.rooms, rig.room()), 1);
    rig.room().head().people.store(41);
    assert_int_equal(people_everywhere(rig.rooms, rig.room()), 41);
    // Who comes into a big room is not told of to all.
    rig.skip_all();
    rig.speaker("Bert");
    Message m = rig.next();
    assert_true(m.kind == Kind::kClose);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_waits_for_its_number),
        cmocka_unit_test(without_other_machines_nothing_is_on_its_way),
        cmocka_unit_test(what_comes_back_is_shown_once),
        cmocka_unit_test(a_room_goes_on_by_itself_in_numbers_of_its_own),
        cmocka_unit_test(coming_back_brings_the_history_of_all),
        cmocka_unit_test(what_others_moderate_is_done_here),
        cmocka_unit_test(who_is_elsewhere_counts),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
