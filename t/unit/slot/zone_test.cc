// The zone: its making, its poll entries, what it inherits.
#include "rig.h"

#include <cstring>

using namespace onair;
using namespace onair::slot;

namespace {

void the_least_size_is_enough_and_less_is_refused(void**)
{
    for (size_t stations : {1, 4, 100, 1000}) {
        Options options = {stations, 10};
        size_t size = Zone::least_size(options);
        std::vector<uint8_t> memory(size + 1);
        auto zone = Zone::create(Bytes(memory).first(size), options, 1);
        assert_true(zone.ok());
        assert_int_equal(zone->capacity(), stations);
        assert_true(zone->record_capacity() > 1900);
        auto refused =
            Zone::create(Bytes(memory).first(size - 8192), options, 1);
        assert_false(refused.ok());
        assert_int_equal(refused.fault(), Fault::kZoneTooSmall);
    }
    assert_false(Zone::create({}, {}, 1).ok());
}

void a_zone_of_256_kb_holds_stations_of_the_usual_size(void**)
{
    Rig rig({0, 10}, 262144);
    assert_in_range(rig.zone().capacity(), 4, 7);
    assert_in_range(rig.zone().record_capacity(), 15500, 20000);
    assert_true(rig.report(playing("One"), source_of(1)));
    assert_string_equal(rig.title().c_str(), "One");
}

void open_takes_what_create_made_and_nothing_else(void**)
{
    Rig rig;
    Options same = {4, 10};
    rig.report(playing("One"), source_of(1));
    auto zone = Zone::open(rig.memory(), same);
    assert_true(zone.ok());
    assert_int_equal(zone->epoch(), 7);
    assert_int_equal(zone->stations(), 1);
    assert_int_equal(zone->slot(0).seq(), 1);

    auto refused = [&](Bytes memory, Options options) {
        auto other = Zone::open(memory, options);
        assert_false(other.ok());
        assert_int_equal(other.fault(), Fault::kLayoutChanged);
    };
    refused(rig.memory(), {5, 10});
    refused(rig.memory(), {4, 11});
    refused(rig.memory(), {0, 10});
    refused(rig.memory().first(rig.memory().size() - 64), same);
    refused(rig.memory().first(100), same);
    rig.memory()[8] ^= 1;  // the version
    refused(rig.memory(), same);
    rig.memory()[8] ^= 1;
    rig.memory()[0] ^= 1;
    refused(rig.memory(), same);
}

void dirty_memory_makes_a_clean_zone(void**)
{
    Rig rig;
    for (int i = 0; i < 5; i++) {
        rig.report(playing("t" + std::to_string(i)), source_of(1));
    }
    auto again = Zone::create(rig.memory(), {4, 10}, 0);
    assert_true(again.ok());
    assert_true(again->epoch() != 0);
    assert_int_equal(again->stations(), 0);
    assert_int_equal(again->changes(), 0);
    assert_int_equal(rig.read().at.seq, 0);

    std::memset(rig.memory().data(), 0xff, rig.memory().size());
    assert_true(Zone::create(rig.memory(), {4, 10}, 1).ok());
    assert_false(rig.zone().find("rock").ok());
    assert_int_equal(rig.read().at.seq, 0);
    assert_true(rig.report(playing("One"), source_of(1)));
    assert_int_equal(rig.slot().seq(), 1);
}

void poll_entries_are_found_by_their_key(void**)
{
    Rig rig;
    assert_int_equal(rig.zone().polls(), 0);
    auto a = rig.zone().find_or_add_poll(11, "/source");
    auto b = rig.zone().find_or_add_poll(12, std::string(200, 'x'));
    assert_true(a.ok() && b.ok() && *a != *b);
    assert_true(*rig.zone().find_or_add_poll(11, "/source") == *a);
    assert_int_equal(rig.zone().polls(), 2);
    assert_int_equal(rig.zone().poll(0).name_size, 7);
    assert_memory_equal(rig.zone().poll(0).name, "/source", 7);
    assert_int_equal(rig.zone().poll(1).name_size, 64);
    for (uint32_t i = 2; i < kMaxPolls; i++) {
        assert_true(rig.zone().find_or_add_poll(100 + i, "x").ok());
    }
    auto many = rig.zone().find_or_add_poll(99, "x");
    assert_int_equal(many.fault(), Fault::kTooMany);
    assert_int_equal(rig.zone().polls(), kMaxPolls);
}

// Reads a station of a zone that no rig holds.
std::string title_in(const Zone& zone, std::string_view name)
{
    std::vector<uint8_t> buffer(zone.record_capacity());
    std::vector<uint8_t> room(12288);
    Arena arena{Bytes(room)};
    auto index = zone.find(name);
    if (!index.ok()) {
        return "none";
    }
    auto state = zone.slot(*index).read(buffer, arena);
    assert_true(state.ok());
    return state->now() != nullptr ? std::string(state->now()->title) : "";
}

size_t inherit(Rig& to, Rig& from)
{
    std::vector<uint8_t> scratch(to.zone().inherit_scratch(from.zone()));
    return to.zone().inherit(from.zone(), to.author, scratch);
}

void a_zone_inherits_what_another_was_told(void**)
{
    Rig old({4, 10});
    for (int i = 0; i < 9; i++) {
        old.report(playing("t" + std::to_string(i)), source_of(1));
        old.pass(1000);
    }
    old.slot("silent");
    Rig rig({8, 3}, Zone::least_size({8, 3}));
    rig.now = old.now;
    assert_int_equal(inherit(rig, old), 1);
    assert_int_equal(rig.zone().stations(), 2);
    assert_string_equal(title_in(rig.zone(), "rock").c_str(), "t8");
    assert_string_equal(title_in(rig.zone(), "silent").c_str(), "");
    State state = rig.read();
    assert_int_equal(state.at.seq, 9);
    assert_int_equal(state.tracks.size(), 4);  // history=3 and the present
    assert_true(rig.slot().age(rig.now.ticks) == 1000);

    // The same said again is no change, something else is the next one.
    assert_false(rig.report(playing("t8"), source_of(1)));
    assert_true(rig.report(playing("t9"), source_of(1)));
    assert_int_equal(rig.read().at.seq, 10);
    assert_string_equal(old.title().c_str(), "t8");
}

void what_is_inherited_grows_stale_when_it_would_have(void**)
{
    Rig old;
    Source source = source_of(1);
    old.report(playing("One"), source);
    old.pass(source.stale_ms - 10);
    Rig rig({5, 10});
    rig.now = old.now;
    assert_int_equal(inherit(rig, old), 1);
    assert_false(rig.settle());
    rig.pass(20);
    assert_true(rig.settle());
    assert_int_equal(rig.read().at.status, Status::kStale);
}

void a_smaller_zone_inherits_as_much_as_it_has_places_for(void**)
{
    Rig old({4, 10});
    for (const char* name : {"a", "b", "c"}) {
        auto told = old.slot(name).report(playing(name), source_of(1), 0,
                                          old.now, old.author, old.scratch());
        assert_true(told.ok());
    }
    Rig rig({2, 10});
    assert_int_equal(inherit(rig, old), 2);
    assert_string_equal(title_in(rig.zone(), "b").c_str(), "b");
    assert_string_equal(title_in(rig.zone(), "c").c_str(), "none");
}

void a_torn_record_is_not_inherited(void**)
{
    Rig old;
    old.report(playing("One"), source_of(1));
    raw_slot(old.memory(), 0).word.fetch_add(uint64_t{1} << 28);
    Rig rig({5, 10});
    assert_int_equal(inherit(rig, old), 0);
    assert_string_equal(title_in(rig.zone(), "rock").c_str(), "");
}

void any_change_of_any_station_grows_changes(void**)
{
    Rig rig;
    uint64_t before = rig.zone().changes();
    rig.report(playing("One"), source_of(1));
    assert_int_equal(rig.zone().changes(), before + 1);
    auto told = rig.slot("jazz").report(playing("x"), source_of(1), 0, rig.now,
                                        rig.author, rig.scratch());
    assert_true(*told == Told::kChange);
    assert_int_equal(rig.zone().changes(), before + 2);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_least_size_is_enough_and_less_is_refused),
        cmocka_unit_test(a_zone_of_256_kb_holds_stations_of_the_usual_size),
        cmocka_unit_test(open_takes_what_create_made_and_nothing_else),
        cmocka_unit_test(dirty_memory_makes_a_clean_zone),
        cmocka_unit_test(poll_entries_are_found_by_their_key),
        cmocka_unit_test(a_zone_inherits_what_another_was_told),
        cmocka_unit_test(what_is_inherited_grows_stale_when_it_would_have),
        cmocka_unit_test(a_smaller_zone_inherits_as_much_as_it_has_places_for),
        cmocka_unit_test(a_torn_record_is_not_inherited),
        cmocka_unit_test(any_change_of_any_station_grows_changes),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
