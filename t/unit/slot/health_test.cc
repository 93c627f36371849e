// Which stations are on air, to a balancer.
#include "slot/health.h"

#include "rig.h"

using namespace onair;
using namespace onair::slot;

namespace {

Air air(Rig& rig, std::string_view station = "rock")
{
    std::vector<uint8_t> room(12288);
    Arena arena{Bytes(room)};
    return air_of(rig.zone(), station, rig.buffer(), arena);
}

Source expiring()
{
    Source source = source_of(1);
    source.stale_ms = 10000;
    source.offline_ms = 30000;
    return source;
}

void a_station_that_nobody_spoke_of_is_unknown(void**)
{
    Rig rig;
    assert_true(air(rig) == Air::kUnknown);
    assert_int_equal(rig.zone().stations(), 0);
    rig.slot();  // a subscriber waits for it
    assert_true(air(rig) == Air::kUnknown);
    assert_true(air(rig, "") == Air::kUnknown);
}

void a_station_is_on_air_while_it_is_live_or_stale(void**)
{
    Rig rig;
    rig.report(playing("One"), expiring());
    assert_true(air(rig) == Air::kOn);
    assert_true(air(rig, "jazz") == Air::kUnknown);
    rig.pass(11000);
    assert_true(rig.settle());
    assert_true(rig.read().at.status == Status::kStale);
    assert_true(air(rig) == Air::kOn);
    rig.pass(30000);
    assert_true(rig.settle());
    assert_true(air(rig) == Air::kOff);
    rig.report(playing("Two"), expiring());
    assert_true(air(rig) == Air::kOn);
}

void a_station_whose_source_says_so_is_off_air(void**)
{
    Rig rig;
    rig.report(playing("One"), expiring());
    rig.missing(expiring());
    assert_true(air(rig) == Air::kOff);
}

void a_record_that_cannot_be_read_says_nothing_against_its_station(void**)
{
    Rig rig;
    rig.report(playing("One"), expiring());
    rig.missing(expiring());
    SlotHead& head = raw_slot(rig.memory(), 0);
    head.word ^= 1;  // of another length than its buffer's stamp
    assert_false(rig.try_read().ok());
    assert_true(air(rig) == Air::kOn);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_station_that_nobody_spoke_of_is_unknown),
        cmocka_unit_test(a_station_is_on_air_while_it_is_live_or_stale),
        cmocka_unit_test(a_station_whose_source_says_so_is_off_air),
        cmocka_unit_test(
            a_record_that_cannot_be_read_says_nothing_against_its_station),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
