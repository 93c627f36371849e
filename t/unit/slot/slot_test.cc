// A slot as one process sees it: what is told, when, and what stays.
#include "rig.h"

using namespace onair;
using namespace onair::slot;

namespace {

const Source kMain = source_of(1, 0);

void the_first_report_of_a_station_is_change_one(void**)
{
    Rig rig;
    assert_int_equal(rig.slot().seq(), 0);
    State empty = rig.read();
    assert_int_equal(empty.at.seq, 0);
    assert_true(empty.station == "rock");
    assert_null(empty.now());

    assert_true(rig.report(playing("One"), kMain));
    assert_int_equal(rig.slot().seq(), 1);
    assert_int_equal(rig.zone().changes(), 1);
    State state = rig.read();
    assert_int_equal(state.at.seq, 1);
    assert_true(state.at.status == Status::kLive);
    assert_true(state.now()->title == "One");
    assert_int_equal(state.now()->started, rig.now.unix_ms);
    assert_int_equal(state.at.subscribers, 5);
    assert_int_equal(state.moments.size(), 1);
    assert_int_equal(state.history().size(), 0);
}

void the_same_report_again_changes_nothing_but_the_age(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    uint64_t word = raw_slot(rig.memory(), 0).word;
    rig.pass(2000);
    assert_int_equal(rig.slot().age(rig.now.ticks), 2000);
    assert_false(rig.report(playing("One"), kMain));
    assert_int_equal(rig.slot().age(rig.now.ticks), 0);
    assert_int_equal(raw_slot(rig.memory(), 0).word, word);
    assert_int_equal(rig.zone().changes(), 1);
}

void a_new_title_is_told_and_the_old_one_is_history(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.pass(2000);
    assert_true(rig.report(playing("Two"), kMain));
    State state = rig.read();
    assert_int_equal(state.at.seq, 2);
    assert_true(state.now()->title == "Two");
    assert_int_equal(state.history().size(), 1);
    assert_true(state.history()[0].track.title == "One");
    assert_int_equal(state.history()[0].seq, 1);
}

void a_missing_station_is_offline_at_once(void**)
{
    Rig rig;
    assert_false(rig.missing(kMain));
    assert_int_equal(rig.slot().seq(), 0);
    assert_false(rig.slot().knows(1));
    Report r = playing("One");
    r.listeners = {3, 8, -1};
    rig.report(r, kMain);
    assert_true(rig.slot().knows(1));
    assert_false(rig.slot().knows(2));
    assert_false(rig.slot().knows(0));
    rig.pass(2000);
    assert_true(rig.missing(kMain));
    State state = rig.read();
    assert_true(state.at.status == Status::kOffline);
    assert_true(state.now()->title == "One");
    assert_int_equal(state.at.listeners.current, 0);
    assert_int_equal(state.at.listeners.peak, 8);
    uint64_t word = raw_slot(rig.memory(), 0).word;
    rig.pass(2000);
    assert_false(rig.missing(kMain));
    assert_int_equal(raw_slot(rig.memory(), 0).word, word);
    assert_int_equal(rig.slot().age(rig.now.ticks), 0);
}

void a_record_too_large_is_made_smaller_and_never_refused(void**)
{
    Rig rig({4, 10}, Zone::least_size({4, 10}));
    assert_in_range(rig.zone().record_capacity(), 1900, 2400);
    std::string big(4096, 'x');
    for (int i = 0; i < 30; i++) {
        for (uint32_t key = 1; key < 6; key++) {
            std::string title = std::to_string(i) + big;
            std::string accents;
            while (accents.size() < 3000) {
                accents += "\u00e9";
            }
            Report r = playing(accents);
            r.now.artist = big;
            r.now.title = title;
            r.now.album = r.now.art = r.now.url = r.next.text = big;
            r.dj = r.stream.name = r.stream.description = accents;
            rig.report(r, source_of(key));
        }
        rig.pass(3000);
    }
    State state = rig.read();
    assert_non_null(state.now());
    assert_true(state.now()->text.size() % 2 == 0);  // whole characters
    assert_true(state.dj.size() % 2 == 0);
    // Equal reports are no news although what is kept of them is shorter.
    Report same = playing(big);
    rig.report(same, kMain);
    rig.pass(20000);
    rig.report(same, kMain);
    rig.pass(3000);
    uint64_t seq = rig.slot().seq();
    same.listeners.peak = 9;
    assert_false(rig.report(same, kMain));
    assert_int_equal(rig.slot().seq(), seq);
}

void history_goes_before_the_present_where_room_is_short(void**)
{
    Rig rig({4, 50}, Zone::least_size({4, 50}));
    for (int i = 0; i < 60; i++) {
        rig.report(playing(std::string(100, 'a') + std::to_string(i)), kMain);
        rig.pass(1000);
    }
    State state = rig.read();
    assert_int_equal(state.now()->title.size(), 102);
    assert_in_range(state.history().size(), 1, 12);
}

// As a writer does that was stopped in the middle, believed gone, and goes on
// after another has published into the buffer it was writing.
void a_fifth_source_takes_the_place_of_the_longest_silent(void**)
{
    Rig rig;
    for (uint32_t key = 1; key <= 4; key++) {
        rig.report(playing("x"), source_of(key));
        rig.pass(10);
    }
    rig.report(playing("x"), source_of(5, 0));
    assert_true(rig.slot().knows(1));  // in force
    assert_false(rig.slot().knows(2));
    assert_true(rig.slot().knows(5));
}

Report azuracast(std::string_view title, std::string_view text, uint64_t digest)
{
    Report r = playing(title);
    r.original = {text, digest, 1760000000000};
    return r;
}

void what_an_azuracast_said_is_in_the_state_of_its_change(void**)
{
    Rig rig;
    assert_true(rig.report(azuracast("One", "{1}", 1), source_of(1)));
    State state = rig.read();
    assert_true(state.original.text == "{1}" && state.original_is_whole);
    assert_int_equal(state.original.said, 1760000000000);
    // A member that we do not know changes: that is news as well.
    assert_true(rig.report(azuracast("One", "{2}", 2), source_of(1)));
    assert_true(rig.read().original.text == "{2}");
    assert_int_equal(rig.slot().seq(), 2);
    // What time alone changes is not.
    assert_false(rig.report(azuracast("One", "{2+}", 2), source_of(1)));

    State now = rig.read();
    State then;
    assert_true(state_at(now, 2, &then));
    assert_true(then.original_is_whole);
    assert_true(state_at(now, 1, &then));
    assert_false(then.original_is_whole);
    assert_true(then.original.text == "{2}");
}

void beside_a_source_that_is_believed_it_tells_of_the_station(void**)
{
    Rig rig;
    rig.report(azuracast("One", "{1}", 1), source_of(1, 1));
    Source better = source_of(2, 0);
    better.hold_ms = 0;
    assert_true(rig.report(playing("Better"), better));
    State state = rig.read();
    assert_string_equal(rig.title().c_str(), "Better");
    state = rig.read();
    assert_true(state.original.text == "{1}");
    assert_false(state.original_is_whole);
    // Once neither it nor anybody else says one, there is none.
    rig.pass(20000);
    assert_true(rig.report(playing("Better"), better));
    assert_true(rig.read().original.text.empty());
}

void an_original_without_room_is_left_out_and_told_once(void**)
{
    Rig rig;
    std::string large(rig.zone().record_capacity(), 'x');
    assert_true(rig.report(azuracast("One", large, 1), source_of(1)));
    assert_true(rig.read().original.text.empty());
    assert_string_equal(rig.title().c_str(), "One");
    assert_false(rig.report(azuracast("One", large, 1), source_of(1)));
    rig.pass(100000);
    assert_false(rig.report(azuracast("One", large, 1), source_of(1)));
}

void the_lead_of_the_source_is_in_the_state(void**)
{
    Rig rig;
    Source s = kMain;
    s.delay_ms = 4000;
    rig.report(playing("One"), s);
    assert_int_equal(rig.read().delay_ms, 4000);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_first_report_of_a_station_is_change_one),
        cmocka_unit_test(the_same_report_again_changes_nothing_but_the_age),
        cmocka_unit_test(a_new_title_is_told_and_the_old_one_is_history),
        cmocka_unit_test(a_missing_station_is_offline_at_once),
        cmocka_unit_test(a_record_too_large_is_made_smaller_and_never_refused),
        cmocka_unit_test(history_goes_before_the_present_where_room_is_short),
        cmocka_unit_test(a_fifth_source_takes_the_place_of_the_longest_silent),
        cmocka_unit_test(what_an_azuracast_said_is_in_the_state_of_its_change),
        cmocka_unit_test(
            beside_a_source_that_is_believed_it_tells_of_the_station),
        cmocka_unit_test(an_original_without_room_is_left_out_and_told_once),
        cmocka_unit_test(the_lead_of_the_source_is_in_the_state),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
