// What subscribers are told of what the sources said, and when: the second
// half of settling.h, seen through a slot.
#include "rig.h"

using namespace onair;
using namespace onair::slot;

namespace {

const Source kMain = source_of(1, 0);
const Source kBackup = source_of(2, 1);

void history_is_limited_and_newest_first(void**)
{
    Rig rig({4, 3});
    for (int i = 0; i < 9; i++) {
        rig.report(playing("t" + std::to_string(i)), kMain);
        rig.pass(1000);
    }
    State state = rig.read();
    assert_true(state.now()->title == "t8");
    assert_int_equal(state.history().size(), 3);
    assert_true(state.history()[0].track.title == "t7");
    assert_true(state.history()[2].track.title == "t5");
}

void a_track_begins_now_where_the_one_before_began_in_the_future(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    // The server's clock is set back by two hours.
    rig.pass(1000);
    rig.now.unix_ms -= 7200000;
    rig.report(playing("Two"), kMain);
    State state = rig.read();
    assert_true(state.now()->title == "Two");
    assert_int_equal(state.now()->started, rig.now.unix_ms);
}

void a_history_that_comes_late_is_as_old_as_the_track_it_precedes(void**)
{
    Rig rig;
    rig.report(playing("Three"), kMain);
    rig.pass(1000);
    Report later = playing("Three");
    later.dj = "Anna";
    Track before[2];
    before[0].text = before[0].title = "Two";
    before[1].text = before[1].title = "One";
    later.history = before;
    rig.report(later, kMain);
    State state = rig.read();
    assert_int_equal(state.at.seq, 2);
    assert_int_equal(state.history().size(), 2);
    assert_int_equal(state.history()[0].seq, 1);
    // The change before is said again with its track on, not with the history.
    State past;
    assert_true(state_at(state, 1, &past));
    assert_true(past.now()->title == "Three");
}

void many_changes_of_one_moment_are_one_change(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.pass(2000);
    Report r = playing("Two");
    r.dj = "Anna";
    r.next = playing("Three").now;
    r.stream.name = "Rock FM";
    r.listeners.current = 12;
    assert_true(rig.report(r, kMain));
    State state = rig.read();
    assert_int_equal(state.at.seq, 2);
    assert_true(state.dj == "Anna");
    assert_true(state.next.title == "Three");
    assert_true(state.stream.name == "Rock FM");
    assert_int_equal(state.at.listeners.current, 12);
}

void each_part_that_is_shown_is_told(void**)
{
    Report base = playing("One");
    std::vector<Report> others(12, base);
    others[0].now.album = "x";
    others[1].now.art = "x";
    others[2].now.url = "x";
    others[3].now.duration_ms = 1;
    others[4].dj = "x";
    others[5].next.title = "x";
    others[6].stream.name = "x";
    others[7].stream.bitrate = 64;
    others[8].stream.listen = "x";
    others[9].now.artist = "x";
    others[10].next.artist = "x";
    others[11].stream.genre = "x";
    for (const Report& other : others) {
        Rig rig;
        rig.report(base, kMain);
        rig.pass(100);
        assert_true(rig.report(other, kMain));
        assert_int_equal(rig.slot().seq(), 2);
        assert_true(rig.read().at.on);
    }
}

void a_cover_that_comes_late_keeps_the_track_and_its_start(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    UnixMs began = rig.now.unix_ms;
    rig.pass(5000);
    Report r = playing("One");
    r.now.art = "http://x/cover";
    assert_true(rig.report(r, kMain));
    State state = rig.read();
    assert_true(state.now()->art == "http://x/cover");
    assert_int_equal(state.now()->started, began);
    assert_int_equal(state.history().size(), 0);
    assert_int_equal(state.tracks[0].seq, 1);
}

void counts_alone_wait_until_enough_time_went_by(void**)
{
    Rig rig;
    Report r = playing("One");
    r.listeners.current = 1;
    rig.report(r, kMain);
    rig.pass(1000);
    r.listeners.current = 2;
    assert_false(rig.report(r, kMain));
    assert_int_equal(rig.read().at.listeners.current, 1);
    rig.pass(1999);
    assert_false(rig.settle());
    rig.pass(1);
    assert_true(rig.settle());
    assert_int_equal(rig.read().at.listeners.current, 2);
    assert_false(rig.settle());
    rig.pass(3000);
    r.listeners.unique = 2;
    assert_true(rig.report(r, kMain));
    // Back to what was told before the time came: nothing to tell.
    rig.pass(500);
    r.listeners.current = 9;
    assert_false(rig.report(r, kMain));
    rig.pass(500);
    r.listeners.current = 2;
    assert_false(rig.report(r, kMain));
    rig.pass(5000);
    assert_false(rig.settle());
}

void a_peak_alone_is_never_told_but_carried(void**)
{
    Rig rig;
    Report r = playing("One");
    r.listeners = {1, 5, -1};
    rig.report(r, kMain);
    rig.pass(10000);
    r.listeners.peak = 9;
    assert_false(rig.report(r, kMain));
    assert_int_equal(rig.read().at.listeners.peak, 5);
    r.now.title = "Two";
    assert_true(rig.report(r, kMain));
    assert_int_equal(rig.read().at.listeners.peak, 9);
}

void a_silent_source_makes_it_stale_then_offline_with_the_title_kept(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.pass(15000);
    assert_false(rig.settle());
    rig.pass(1);
    assert_true(rig.settle());
    assert_true(rig.read().at.status == Status::kStale);
    assert_string_equal(rig.title().c_str(), "One");
    rig.pass(105000 - 1);
    assert_false(rig.settle());
    rig.pass(1);
    assert_true(rig.settle());
    assert_true(rig.read().at.status == Status::kOffline);
    assert_string_equal(rig.title().c_str(), "One");
    assert_int_equal(rig.slot().seq(), 3);
    // And back: the same title, live again at once.
    rig.pass(60000);
    assert_true(rig.report(playing("One"), kMain));
    assert_true(rig.read().at.status == Status::kLive);
    assert_int_equal(rig.read().tracks.size(), 1);
}

void an_unchanged_report_after_a_silence_makes_it_live_again(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.pass(20000);
    assert_true(rig.settle());
    assert_true(rig.report(playing("One"), kMain));
    assert_true(rig.read().at.status == Status::kLive);
}

void steady_reports_keep_it_live_for_ever(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    for (int i = 0; i < 200; i++) {
        rig.pass(2000);
        assert_false(rig.report(playing("One"), kMain));
        assert_false(rig.settle());
    }
    assert_int_equal(rig.slot().seq(), 1);
}

void off_air_by_its_own_word_is_offline_at_once(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    Report off;
    assert_true(rig.report(off, kMain));
    State state = rig.read();
    assert_true(state.at.status == Status::kOffline);
    assert_true(state.now()->title == "One");
}

void a_stream_takes_its_own_title_back(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.pass(2000);
    assert_true(rig.report(playing(""), kMain));
    State state = rig.read();
    assert_null(state.now());
    assert_false(state.at.on);
    assert_int_equal(state.history().size(), 1);
    // The same one again is no second track.
    assert_true(rig.report(playing("One"), kMain));
    assert_int_equal(rig.read().tracks.size(), 1);
    assert_string_equal(rig.title().c_str(), "One");
}

void a_restarted_stream_without_a_title_keeps_the_last_one(void**)
{
    Rig rig;
    Report r = playing("One");
    r.since = 1000;
    rig.report(r, kMain);
    rig.pass(2000);
    Report again = playing("");
    again.since = 2000;
    assert_false(rig.report(again, kMain));
    assert_string_equal(rig.title().c_str(), "One");
    for (int i = 0; i < 59; i++) {
        rig.pass(2000);
        assert_false(rig.report(again, kMain));
        assert_false(rig.settle());
    }
    rig.pass(2000);
    assert_true(rig.report(again, kMain));
    assert_string_equal(rig.title().c_str(), "");
    again.now = playing("Two").now;
    assert_true(rig.report(again, kMain));
    assert_string_equal(rig.title().c_str(), "Two");
}

void a_restart_is_seen_without_a_since_by_being_away(void**)
{
    Rig rig;
    rig.report(playing("One"), kMain);
    rig.missing(kMain);
    rig.pass(2000);
    assert_true(rig.report(playing(""), kMain));
    assert_string_equal(rig.title().c_str(), "One");
    assert_true(rig.read().at.status == Status::kLive);
    // Having said the title anew it may take it back at once.
    rig.report(playing("One"), kMain);
    assert_true(rig.report(playing(""), kMain));
    assert_string_equal(rig.title().c_str(), "");
}

void a_backup_takes_over_at_once_and_gives_back_after_the_hold(void**)
{
    Rig rig;
    rig.report(playing("Main"), kMain);
    assert_false(rig.report(playing("Backup"), kBackup));
    assert_string_equal(rig.title().c_str(), "Main");
    rig.pass(2000);
    assert_true(rig.missing(kMain));
    assert_string_equal(rig.title().c_str(), "Backup");
    assert_true(rig.read().at.status == Status::kLive);
    rig.pass(2000);
    assert_false(rig.report(playing("Main"), kMain));
    assert_false(rig.report(playing("Backup"), kBackup));
    rig.pass(9999);
    assert_false(rig.report(playing("Main"), kMain));
    assert_false(rig.settle());
    rig.pass(1);
    assert_true(rig.settle());
    assert_string_equal(rig.title().c_str(), "Main");
}

void a_source_that_never_failed_need_not_hold(void**)
{
    Rig rig;
    rig.report(playing("Backup"), kBackup);
    rig.pass(5);
    assert_true(rig.report(playing("Main"), kMain));
    assert_string_equal(rig.title().c_str(), "Main");
    // Whose first word is to be off air comes back later, and has to.
    Report off = playing("");
    off.on_air = false;
    Source best = source_of(9);
    assert_false(rig.report(off, best));
    rig.pass(5);
    assert_false(rig.report(playing("Best"), best));
}

void a_started_far_in_the_future_or_before_its_predecessor_is_not_kept(void**)
{
    Rig rig;
    Report r = playing("One");
    r.now.started = rig.now.unix_ms + 59000;
    rig.report(r, kMain);
    assert_int_equal(rig.read().now()->started, rig.now.unix_ms + 59000);
    r = playing("Two");
    r.now.started = rig.now.unix_ms + 3600000;
    rig.pass(100000);
    rig.report(r, kMain);
    assert_int_equal(rig.read().now()->started, rig.now.unix_ms);
    r = playing("Three");
    r.now.started = 5;
    rig.pass(1000);
    rig.report(r, kMain);
    assert_int_equal(rig.read().now()->started, rig.now.unix_ms);
    r = playing("Four");
    r.now.started = rig.now.unix_ms + 500;
    rig.pass(1000);
    rig.report(r, kMain);
    assert_int_equal(rig.read().now()->started, rig.now.unix_ms - 500);
}

void a_source_with_its_own_history_fills_an_empty_one(void**)
{
    Rig rig({4, 2});
    Track past[3];
    past[0].title = "One";  // the present one again: left out
    past[0].text = "One";
    past[1].title = "Zero";
    past[2].title = "Minus";
    Report r = playing("One");
    r.history = past;
    rig.report(r, kMain);
    State state = rig.read();
    assert_int_equal(state.history().size(), 2);
    assert_true(state.history()[0].track.title == "Zero");
    assert_true(state.history()[1].track.title == "Minus");
    r = playing("Two");
    r.history = past;
    rig.report(r, kMain);
    state = rig.read();
    assert_int_equal(state.history().size(), 2);
    assert_true(state.history()[0].track.title == "One");
}

void what_the_source_in_force_leaves_out_is_another_s(void**)
{
    Rig rig;
    Report counted = playing("Polled");
    counted.listeners.current = 7;
    counted.stream.name = "Rock FM";
    rig.report(counted, source_of(2, 1));
    rig.report(playing("Pushed"), source_of(1, 0));
    rig.pass(10000);
    rig.report(counted, source_of(2, 1));
    rig.report(playing("Pushed"), source_of(1, 0));
    assert_string_equal(rig.title().c_str(), "Pushed");
    assert_int_equal(rig.read().at.listeners.current, 7);
    assert_true(rig.read().stream.name == "Rock FM");
    // Of one that is not fresh nothing is taken.
    rig.pass(15001);
    rig.report(playing("Next"), source_of(1, 0));
    assert_int_equal(rig.read().at.listeners.current, -1);
    assert_true(rig.read().stream.name.empty());
}

void a_partial_source_keeps_what_it_said(void**)
{
    Rig rig;
    Source publisher = kMain;
    publisher.partial = true;
    Report first = playing("One");
    first.listeners.current = 7;
    first.stream.name = "Rock FM";
    rig.report(first, publisher);
    rig.pass(5000);
    rig.report(playing("Two"), publisher);
    assert_string_equal(rig.title().c_str(), "Two");
    assert_int_equal(rig.read().at.listeners.current, 7);
    assert_true(rig.read().stream.name == "Rock FM");
    // A blank title is meant, also when it comes back on air with it.
    Report off;
    rig.report(off, publisher);
    rig.report(playing(""), publisher);
    assert_null(rig.read().now());
    assert_true(rig.read().at.status == Status::kLive);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(history_is_limited_and_newest_first),
        cmocka_unit_test(
            a_track_begins_now_where_the_one_before_began_in_the_future),
        cmocka_unit_test(
            a_history_that_comes_late_is_as_old_as_the_track_it_precedes),
        cmocka_unit_test(many_changes_of_one_moment_are_one_change),
        cmocka_unit_test(each_part_that_is_shown_is_told),
        cmocka_unit_test(a_cover_that_comes_late_keeps_the_track_and_its_start),
        cmocka_unit_test(counts_alone_wait_until_enough_time_went_by),
        cmocka_unit_test(a_peak_alone_is_never_told_but_carried),
        cmocka_unit_test(
            a_silent_source_makes_it_stale_then_offline_with_the_title_kept),
        cmocka_unit_test(
            an_unchanged_report_after_a_silence_makes_it_live_again),
        cmocka_unit_test(steady_reports_keep_it_live_for_ever),
        cmocka_unit_test(off_air_by_its_own_word_is_offline_at_once),
        cmocka_unit_test(a_stream_takes_its_own_title_back),
        cmocka_unit_test(a_restarted_stream_without_a_title_keeps_the_last_one),
        cmocka_unit_test(a_restart_is_seen_without_a_since_by_being_away),
        cmocka_unit_test(
            a_backup_takes_over_at_once_and_gives_back_after_the_hold),
        cmocka_unit_test(a_source_that_never_failed_need_not_hold),
        cmocka_unit_test(
            a_started_far_in_the_future_or_before_its_predecessor_is_not_kept),
        cmocka_unit_test(a_source_with_its_own_history_fills_an_empty_one),
        cmocka_unit_test(what_the_source_in_force_leaves_out_is_another_s),
        cmocka_unit_test(a_partial_source_keeps_what_it_said),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
