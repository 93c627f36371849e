#include "slot/pushed.h"

#include "rig.h"

using namespace onair;
using namespace onair::slot;

namespace {

Source publisher(uint32_t key)
{
    Source source = source_of(key);
    source.partial = source.pushed = true;
    return source;
}

// The sound of a station says its titles, and nothing else.
Source stream(uint32_t key)
{
    Source source = source_of(key);
    source.partial = true;
    return source;
}

PushedSources pushed_of(Rig& rig)
{
    Result<PushedSources> pushed = read_pushed(rig.slot(), rig.scratch());
    assert_true(pushed.ok());
    return *pushed;
}

void only_what_publishers_said_is_there(void**)
{
    Rig rig;
    assert_int_equal(pushed_of(rig).count, 0);
    rig.report(playing("Polled"), source_of(1, 1));
    rig.report(playing("Of the sound"), stream(3));
    assert_int_equal(pushed_of(rig).count, 0);
    rig.pass(100);
    Report report = playing("Pushed");
    report.dj = "Carl";
    report.listeners.current = 5;
    rig.report(report, publisher(2));
    PushedSources pushed = pushed_of(rig);
    assert_int_equal(pushed.count, 1);
    assert_int_equal(pushed.all[0].source.key, 2);
    assert_int_equal(pushed.all[0].good, rig.now.ticks);
    assert_true(pushed.all[0].report.on_air);
    assert_true(pushed.all[0].report.now.title == "Pushed");
    assert_true(pushed.all[0].report.dj == "Carl");
    assert_int_equal(pushed.all[0].report.listeners.current, 5);
}

void its_track_began_when_subscribers_are_told_so(void**)
{
    Rig rig;
    rig.report(playing("One"), publisher(2));
    UnixMs began = rig.now.unix_ms;
    rig.pass(5000);
    Report report = playing("One");
    report.dj = "Carl";
    rig.report(report, publisher(2));
    assert_int_equal(pushed_of(rig).all[0].report.now.started, began);
}

void said_again_elsewhere_it_is_the_same(void**)
{
    Rig here;
    Rig there;
    here.report(playing("One"), publisher(2));
    Report counts;
    counts.only_counts = true;
    counts.listeners.current = 3;
    here.report(counts, publisher(2));
    PushedSources pushed = pushed_of(here);
    there.report(pushed.all[0].report, pushed.all[0].source);
    PushedSources again = pushed_of(there);
    assert_true(digest_of_state(pushed.all[0].report) ==
                digest_of_state(again.all[0].report));
    assert_true(digest_of_counts(pushed.all[0].report) ==
                digest_of_counts(again.all[0].report));
    assert_int_equal(there.read().at.listeners.current, 3);
}

// What is on by a publisher's word; "-": it is not his.
std::string pushed_track(Rig& rig)
{
    Result<PushedTrack> pushed = read_pushed_track(rig.slot(), rig.scratch());
    assert_true(pushed.ok());
    return pushed->believed ? std::string(pushed->now.title) : "-";
}

void a_track_is_his_who_said_it(void**)
{
    Rig rig;
    Source him = publisher(2);
    him.hold_ms = 0;
    assert_true(pushed_track(rig) == "-");
    rig.report(playing("Polled"), source_of(1, 5));
    assert_true(pushed_track(rig) == "-");
    Source sound = stream(3);
    sound.priority = 2;
    sound.hold_ms = 0;
    rig.report(playing("Of the sound"), sound);
    assert_true(pushed_track(rig) == "-");
    Report counts;
    counts.only_counts = true;
    counts.listeners.current = 3;
    rig.report(counts, him);
    assert_true(pushed_track(rig) == "-");
    rig.pass(100);
    rig.report(playing("Pushed"), him);
    assert_true(pushed_track(rig) == "Pushed");
    rig.pass(100);
    rig.report(playing(""), him);
    assert_true(pushed_track(rig).empty());
}

void a_version_is_another_with_each_change(void**)
{
    Rig rig;
    rig.report(playing("One"), publisher(2));
    uint64_t version = rig.slot().version();
    rig.report(playing("One"), publisher(2));
    assert_true(rig.slot().version() == version);
    rig.pass(100);
    rig.report(playing("Two"), publisher(2));
    assert_true(rig.slot().version() != version);
}

void the_digests_tell_what_is_new(void**)
{
    Report report = playing("One");
    uint64_t state = digest_of_state(report);
    uint64_t counts = digest_of_counts(report);
    report.listeners.peak = 7;
    assert_true(digest_of_state(report) == state);
    assert_true(digest_of_counts(report) != counts);
    report.now.started = 5;
    assert_true(digest_of_state(report) == state);
    Report other = report;
    other.on_air = false;
    assert_true(digest_of_state(other) != state);
    other = report;
    other.stream.genre = "Rock";
    assert_true(digest_of_state(other) != state);
    other = report;
    other.next.title = "Two";
    assert_true(digest_of_state(other) != state);
    other = report;
    other.dj = "Carl";
    assert_true(digest_of_state(other) != state);
}

void too_little_memory_is_told(void**)
{
    Rig rig;
    rig.report(playing("One"), publisher(2));
    Result<PushedSources> pushed =
        read_pushed(rig.slot(), rig.scratch().first(100));
    assert_true(pushed.fault() == Fault::kNoMemory);
}

void a_slot_counts_what_is_pushed(void**)
{
    Rig rig;
    Slot slot = rig.slot();
    slot.push();
    slot.push();
    assert_int_equal(slot.pushed().load(), 2);
    assert_int_equal(slot.crossed().load(), 0);
    assert_int_equal(rig.zone().elsewhere().pushed.load(), 2);
}

void what_is_said_here_stands_until_it_is_told(void**)
{
    Rig rig;
    Slot slot = rig.slot();
    uint64_t decided = slot.pushed().load();
    auto told = slot.report_push(playing("Here"), publisher(2), 5, rig.now,
                                 rig.author, rig.scratch());
    assert_true(told.ok() && *told == Told::kChange);
    assert_true(slot.pushed().load() > decided);
    told = slot.report_elsewhere(playing("Elsewhere"), publisher(2), decided, 5,
                                 rig.now, rig.author, rig.scratch());
    assert_true(told.fault() == Fault::kBusy);
    assert_true(rig.read().now()->title == "Here");
    told = slot.report_elsewhere(playing("Elsewhere"), publisher(2),
                                 slot.pushed().load(), 5, rig.now, rig.author,
                                 rig.scratch());
    assert_true(told.ok() && *told == Told::kChange);
    assert_true(rig.read().now()->title == "Elsewhere");
    // The same once more is to be told too: it lasts from now on.
    decided = slot.pushed().load();
    told = slot.report_push(playing("Elsewhere"), publisher(2), 5, rig.now,
                            rig.author, rig.scratch());
    assert_true(told.ok() && *told == Told::kNothing);
    assert_true(slot.pushed().load() > decided);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(only_what_publishers_said_is_there),
        cmocka_unit_test(its_track_began_when_subscribers_are_told_so),
        cmocka_unit_test(said_again_elsewhere_it_is_the_same),
        cmocka_unit_test(a_track_is_his_who_said_it),
        cmocka_unit_test(a_version_is_another_with_each_change),
        cmocka_unit_test(the_digests_tell_what_is_new),
        cmocka_unit_test(too_little_memory_is_told),
        cmocka_unit_test(a_slot_counts_what_is_pushed),
        cmocka_unit_test(what_is_said_here_stands_until_it_is_told),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
