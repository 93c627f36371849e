#include <memory>
#include <vector>

#include "unit/cmocka.h"

#include "slot/audience.h"
#include "slot/roster.h"
#include "slot/zone.h"

using namespace onair;
using namespace onair::slot;

namespace {

bool nobody_is_gone(uint32_t)
{
    return false;
}

struct Fixture {
    Fixture() : memory(1024 * 1024), zone(*Zone::create(memory, {4, 10}, 7))
    {
        (void)zone.find_or_add("rock", {1, nobody_is_gone});
    }
    std::vector<uint8_t> memory;
    Zone zone;
};

}  // namespace

static void counts_of_all_workers_are_one_sum(void**)
{
    Fixture fixture;
    Slot slot = fixture.zone.slot(0);
    slot.count_audience(0, 3);
    slot.count_audience(5, 4);
    slot.count_audience(5, -1);
    assert_int_equal(slot.audience(), 6);
    assert_int_equal(fixture.zone.audience(), 0);
}

static void what_a_dead_worker_counted_is_forgotten(void**)
{
    Fixture fixture;
    Slot slot = fixture.zone.slot(0);
    slot.count_audience(2, 9);
    slot.count_audience(3, 1);
    fixture.zone.count_audience(2, 9);
    fixture.zone.forget_worker(2);
    assert_int_equal(slot.audience(), 1);
    assert_int_equal(fixture.zone.audience(), 0);
}

static void who_wants_all_stations_is_forgotten_with_the_worker(void**)
{
    Fixture fixture;
    fixture.zone.count_audience_of_all(2, 4);
    fixture.zone.count_audience_of_all(3, 1);
    assert_int_equal(fixture.zone.audience_of_all(), 5);
    fixture.zone.forget_worker(2);
    assert_int_equal(fixture.zone.audience_of_all(), 1);
}

static void a_worker_without_a_place_counts_nothing(void**)
{
    Fixture fixture;
    fixture.zone.count_audience(kMaxWorkers, 1);
    assert_int_equal(fixture.zone.audience(), 0);
}

static void connections_without_a_place_are_forgotten_together(void**)
{
    Fixture fixture;
    constexpr auto kNone = static_cast<uint8_t>(kMaxWorkers);
    assert_true(fixture.zone.addresses().enter(1, kNone, 0, 0));
    assert_true(fixture.zone.addresses().enter(1, 3, 0, 0));
    fixture.zone.forget_worker(kMaxWorkers);
    assert_int_equal(fixture.zone.addresses().connections(), 1);
    assert_int_equal(fixture.zone.addresses().connections(1), 1);
}

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(counts_of_all_workers_are_one_sum),
        cmocka_unit_test(what_a_dead_worker_counted_is_forgotten),
        cmocka_unit_test(who_wants_all_stations_is_forgotten_with_the_worker),
        cmocka_unit_test(a_worker_without_a_place_counts_nothing),
        cmocka_unit_test(connections_without_a_place_are_forgotten_together),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
