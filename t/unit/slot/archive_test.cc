// The archive: what a zone hands on to its next life, and to one beside it.
#include "rig.h"

#include "slot/archive.h"

using namespace onair;
using namespace onair::slot;

namespace {

constexpr size_t kTicksAt = 16;  // in the archive's head
constexpr size_t kSumAt = 24;

std::vector<uint8_t> archived(Rig& rig)
{
    std::vector<uint8_t> out(archive_bound(rig.zone()));
    auto size = archive(rig.zone(), rig.now, out);
    assert_true(size.ok());
    assert_in_range(*size, 1, out.size());
    out.resize(*size);
    return out;
}

Result<Restored> try_restore(Rig& to, ConstBytes bytes, uint64_t away_ms)
{
    std::vector<uint8_t> scratch(archive_scratch(to.zone()));
    return restore(to.zone(), bytes, away_ms, to.now, to.author, scratch);
}

size_t restored(Rig& to, ConstBytes bytes, uint64_t away_ms = 0)
{
    auto done = try_restore(to, bytes, away_ms);
    assert_true(done.ok());
    return done->taken;
}

// Whether the zone has more to tell afterwards.
bool merged(Rig& to, Rig& from)
{
    std::vector<uint8_t> scratch(archive_scratch(to.zone()));
    uint64_t before = to.zone().changes();
    assert_true(
        merge(to.zone(), archived(from), to.now, to.author, scratch).ok());
    return to.zone().changes() != before;
}

void what_is_archived_is_there_again(void**)
{
    Rig old({4, 10});
    for (int i = 0; i < 5; i++) {
        old.report(playing("t" + std::to_string(i)), source_of(1));
        old.pass(1000);
    }
    old.slot("silent");
    Rig rig({6, 3});
    assert_int_equal(restored(rig, archived(old)), 1);
    State state = rig.read();
    assert_string_equal(rig.title().c_str(), "t4");
    assert_int_equal(state.at.seq, 5);
    assert_int_equal(state.tracks.size(), 4);  // history=3 and the present
    assert_int_equal(rig.slot().age(rig.now.ticks), 1000);
    assert_false(rig.report(playing("t4"), source_of(1)));
    assert_true(rig.report(playing("t5"), source_of(1)));
    assert_int_equal(rig.read().at.seq, 6);
}

void an_empty_zone_is_archived_too(void**)
{
    Rig old;
    Rig rig;
    assert_int_equal(restored(rig, archived(old)), 0);
    assert_int_equal(rig.zone().stations(), 0);
}

void the_time_that_nobody_looked_counts(void**)
{
    Source source = source_of(1);
    for (bool clock_began_anew : {false, true}) {
        Rig old;
        old.report(playing("One"), source);
        old.pass(1000);
        Rig rig;
        rig.now = old.now;
        if (clock_began_anew) {
            rig.now.ticks = 20000;
        }
        restored(rig, archived(old), source.stale_ms - 2000);
        assert_int_equal(rig.slot().age(rig.now.ticks), source.stale_ms - 1000);
        assert_false(rig.settle());
        rig.pass(1001);
        assert_true(rig.settle());
        assert_int_equal(rig.read().at.status, Status::kStale);
    }
}

void no_clock_makes_a_time_that_cannot_be(void**)
{
    Rig old;
    old.report(playing("One"), source_of(1));
    std::vector<uint8_t> bytes = archived(old);
    for (uint64_t ticks :
         {uint64_t{0}, uint64_t{1}, uint64_t{1} << 63, UINT64_MAX}) {
        for (uint64_t away : {uint64_t{0}, uint64_t{1} << 40, UINT64_MAX}) {
            std::memcpy(bytes.data() + kTicksAt, &ticks, sizeof(ticks));
            Rig rig;
            assert_int_equal(restored(rig, bytes, away), 1);
            assert_string_equal(rig.title().c_str(), "One");
            rig.settle();
            rig.report(playing("Two"), source_of(1));
            assert_string_equal(rig.title().c_str(), "Two");
            assert_int_equal(rig.read().at.status, Status::kLive);
        }
    }
}

void who_is_offline_for_a_month_has_no_place_any_more(void**)
{
    Rig old;
    old.report(playing("One"), source_of(1));
    auto told = old.slot("jazz").report(playing("x"), source_of(1), 0, old.now,
                                        old.author, old.scratch());
    assert_true(told.ok());
    assert_true(old.missing(source_of(1)));
    std::vector<uint8_t> bytes = archived(old);
    Rig then;
    then.now = old.now;
    then.pass(static_cast<uint64_t>(kForgottenMs));
    assert_int_equal(restored(then, bytes), 2);
    Rig later;
    later.now = then.now;
    later.pass(1);
    auto done = try_restore(later, bytes, 0);
    assert_true(done.ok());
    assert_int_equal(done->stations, 1);
    assert_int_equal(done->taken, 1);
    assert_int_equal(later.zone().stations(), 1);
    assert_true(later.zone().find("jazz").ok());
}

void what_is_cut_or_spoilt_is_refused(void**)
{
    Rig old;
    old.report(playing("One"), source_of(1));
    std::vector<uint8_t> bytes = archived(old);
    Rig rig;
    for (size_t size = 0; size < bytes.size(); size++) {
        assert_false(try_restore(rig, ConstBytes(bytes).first(size), 0).ok());
    }
    for (size_t i = 0; i < bytes.size(); i++) {
        if (i < kTicksAt || i >= kSumAt) {
            bytes[i] ^= 1;
            auto done = try_restore(rig, bytes, 0);
            assert_false(done.ok());
            assert_int_equal(done.fault(), i < 12 ? Fault::kLayoutChanged
                                                  : Fault::kIncomplete);
            bytes[i] ^= 1;
        }
    }
    assert_int_equal(rig.zone().stations(), 0);
    bytes.push_back(0);
    assert_false(try_restore(rig, bytes, 0).ok());
}

void as_many_as_have_a_place_are_taken(void**)
{
    Rig old({4, 10});
    for (const char* name : {"a", "b", "c"}) {
        auto told = old.slot(name).report(playing(name), source_of(1), 0,
                                          old.now, old.author, old.scratch());
        assert_true(told.ok());
    }
    Rig rig({2, 10});
    auto done = try_restore(rig, archived(old), 0);
    assert_true(done.ok());
    assert_int_equal(done->stations, 3);
    assert_int_equal(done->taken, 2);
}

void too_little_room_is_said(void**)
{
    Rig old;
    old.report(playing("One"), source_of(1));
    std::vector<uint8_t> out(archive_bound(old.zone()));
    for (size_t size : {size_t{0}, size_t{31}, size_t{100}}) {
        auto refused = archive(old.zone(), old.now, Bytes(out).first(size));
        assert_false(refused.ok());
        assert_int_equal(refused.fault(), Fault::kNoMemory);
    }
    raw_slot(old.memory(), 0).word.fetch_add(uint64_t{1} << 28);
    auto torn = archive(old.zone(), old.now, out);
    assert_false(torn.ok());
    assert_int_equal(torn.fault(), Fault::kTorn);
}

void the_later_one_is_told_to_the_other(void**)
{
    Rig one;
    Rig two;
    one.report(playing("One"), source_of(1));
    assert_true(merged(two, one));
    assert_string_equal(two.title().c_str(), "One");
    assert_false(merged(one, two));
    assert_false(merged(two, one));

    // Heard there before it was looked at here: still the later one.
    one.pass(500);
    two.pass(500);
    two.report(playing("Two"), source_of(1));
    one.pass(900);
    assert_true(merged(one, two));
    two.pass(300);
    two.report(playing("Three"), source_of(1));
    two.pass(600);
    assert_true(merged(one, two));
    assert_string_equal(one.title().c_str(), "Three");
    assert_int_equal(one.read().at.seq, 3);

    // The other way it is the older one that is not taken.
    assert_false(merged(two, one));
    one.pass(500);
    one.report(playing("Four"), source_of(1));
    assert_false(merged(one, two));
    assert_string_equal(one.title().c_str(), "Four");
}

void each_source_is_merged_by_itself(void**)
{
    Rig one;
    Rig two;
    Source polled = source_of(1, 1);
    Source pushed = source_of(2, 0);
    pushed.hold_ms = 0;
    two.report(playing("Polled"), polled);
    two.pass(100);
    one.pass(50);
    one.report(playing("Pushed"), pushed);
    one.pass(50);
    assert_true(merged(two, one));
    assert_string_equal(two.title().c_str(), "Pushed");
    assert_true(two.slot().knows(1));
    assert_true(two.slot().knows(2));
}

void what_comes_from_the_future_is_not_merged(void**)
{
    Rig one;
    Rig two;
    one.now.ticks += 1000000;
    one.report(playing("One"), source_of(1));
    assert_false(merged(two, one));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_is_archived_is_there_again),
        cmocka_unit_test(an_empty_zone_is_archived_too),
        cmocka_unit_test(the_time_that_nobody_looked_counts),
        cmocka_unit_test(no_clock_makes_a_time_that_cannot_be),
        cmocka_unit_test(who_is_offline_for_a_month_has_no_place_any_more),
        cmocka_unit_test(what_is_cut_or_spoilt_is_refused),
        cmocka_unit_test(as_many_as_have_a_place_are_taken),
        cmocka_unit_test(too_little_room_is_said),
        cmocka_unit_test(the_later_one_is_told_to_the_other),
        cmocka_unit_test(each_source_is_merged_by_itself),
        cmocka_unit_test(what_comes_from_the_future_is_not_merged),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
