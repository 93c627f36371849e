#include "slot/plan.h"
#include "rig.h"
#include "slot/buffers.h"
#include "slot/fitting.h"

using namespace onair;
using namespace onair::slot;

namespace {

// Every part behind the one before it, aligned, and all of it within the size.
void check(const Plan& plan, size_t size)
{
    assert_true(plan.addresses_at >= sizeof(Head));
    assert_true(plan.directory_at >=
                plan.addresses_at + plan.address_words * 8);
    assert_true(plan.slots_at >= plan.directory_at + plan.directory_words * 8);
    assert_int_equal(plan.addresses_at % kLine, 0);
    assert_int_equal(plan.directory_at % 8, 0);
    assert_int_equal(plan.slots_at % kLine, 0);
    assert_int_equal(plan.slot_size % kLine, 0);
    assert_int_equal(plan.record_capacity % Published::kUnit, 0);
    assert_true(plan.slots_at + plan.stations * plan.slot_size <= size);
    assert_true(sizeof(SlotHead) +
                    2 * Buffers::size_for(plan.record_capacity) <=
                plan.slot_size);
    assert_true(plan.record_capacity >= kLeastRecord);
    assert_true(plan.record_capacity <= Published::kMostBytes);
    // Open addressing ends at an empty word: there must always be one.
    assert_true(plan.directory_words >= 2 * plan.stations);
    assert_int_equal(plan.directory_words & (plan.directory_words - 1), 0);
    assert_int_equal(plan.address_words & (plan.address_words - 1), 0);
}

void every_plan_fits_into_its_memory(void**)
{
    for (size_t stations : {0u, 1u, 2u, 3u, 7u, 64u, 1000u, 4097u}) {
        Options options{stations, 10};
        size_t least = Zone::least_size(options);
        for (size_t size : {least, least + 1, least + 4095, 2 * least,
                            16 * least, size_t{64} * 1024 * 1024}) {
            // The least size has room to round the start up to a line.
            auto plan = plan_of(size - kLine, options);
            assert_true(plan.ok());
            check(*plan, size);
            assert_true(stations == 0 || plan->stations == stations);
        }
    }
}

// The table of addresses is larger in a larger zone.
void a_larger_zone_never_has_less_room(void**)
{
    for (size_t stations : {3u, 12u, 40u, 90u, 190u, 391u, 5000u}) {
        Options options{stations, 10};
        size_t least = Zone::least_size(options);
        for (size_t size = least; size < 3 * least; size += least / 2000) {
            assert_true(plan_of(size - kLine, options).ok());
        }
    }
}

void a_byte_less_than_the_least_is_refused(void**)
{
    for (size_t stations : {1u, 10u, 1000u}) {
        Options options{stations, 10};
        size_t least = Zone::least_size(options) - kLine;
        assert_true(plan_of(least, options).ok());
        auto plan = plan_of(least - 1, options);
        assert_false(plan.ok());
        assert_int_equal(plan.fault(), Fault::kZoneTooSmall);
    }
    assert_false(plan_of(0, {0, 10}).ok());
    assert_false(plan_of(size_t{1} << 40, {(size_t{1} << 24) + 1, 10}).ok());
}

void without_a_number_slots_are_of_the_usual_size(void**)
{
    for (size_t mb : {1u, 4u, 32u}) {
        auto plan = plan_of(mb * 1024 * 1024, {0, 10});
        assert_true(plan.ok());
        assert_true(plan->slot_size >= kUsualSlot);
        assert_true(plan->slot_size < 2 * kUsualSlot);
    }
    // Too small for even one of them: one that is smaller.
    auto small = plan_of(Zone::least_size({1, 10}), {0, 10});
    assert_int_equal(small->stations, 1);
    assert_true(small->slot_size < kUsualSlot);
}

void a_record_grows_no_longer_than_its_length_can_say(void**)
{
    auto plan = plan_of(size_t{64} * 1024 * 1024, {1, 10});
    assert_int_equal(plan->record_capacity, Published::kMostBytes);
    check(*plan, size_t{64} * 1024 * 1024);
}

void addresses_have_their_part_within_bounds(void**)
{
    // As many as the head in front of them allows, never fewer.
    assert_in_range(plan_of(Zone::least_size({1, 0}), {1, 0})->address_words,
                    kLeastAddressWords, 2 * kLeastAddressWords);
    assert_int_equal(plan_of(1024 * 1024, {1, 0})->address_words, 16384);
    assert_int_equal(plan_of(size_t{64} * 1024 * 1024, {1, 0})->address_words,
                     kMostAddressWords);
}

void history_is_bounded_and_remembered_as_asked(void**)
{
    auto plan = plan_of(1024 * 1024, {3, 1000});
    assert_int_equal(plan->history, kMaxHistory);
    assert_int_equal(plan->asked_stations, 3);
    assert_int_equal(plan_of(1024 * 1024, {0, 7})->history, 7);
    assert_int_equal(plan_of(1024 * 1024, {0, 7})->asked_stations, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_fits_into_its_memory),
        cmocka_unit_test(a_larger_zone_never_has_less_room),
        cmocka_unit_test(a_byte_less_than_the_least_is_refused),
        cmocka_unit_test(without_a_number_slots_are_of_the_usual_size),
        cmocka_unit_test(a_record_grows_no_longer_than_its_length_can_say),
        cmocka_unit_test(addresses_have_their_part_within_bounds),
        cmocka_unit_test(history_is_bounded_and_remembered_as_asked),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
