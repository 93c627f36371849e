#include "room/plan.h"

#include "slot/zone.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

// Every part behind the one before it, aligned, and of use.
void check(const Plan& plan, size_t zone)
{
    assert_true(plan.directory_at >= sizeof(Head));
    assert_true(plan.directory_words >= 2 * plan.rooms);
    assert_int_equal(plan.directory_words & (plan.directory_words - 1), 0);
    assert_true(plan.rooms_at >=
                plan.directory_at + plan.directory_words * sizeof(Word));
    assert_true(plan.histories_at >=
                plan.rooms_at + plan.rooms * sizeof(RoomHead));
    assert_true(plan.cells_at >=
                plan.histories_at +
                    plan.rooms * (plan.history_entries * sizeof(HistoryEntry) +
                                  plan.history_words * sizeof(Word)));
    assert_true(plan.bans_at >=
                plan.cells_at + plan.places * plan.rooms * sizeof(Cell));
    assert_true(plan.members_at >= plan.bans_at + plan.bans * sizeof(Ban));
    assert_true(plan.rings_at >=
                plan.members_at + plan.members * sizeof(MemberEntry));
    assert_true(plan.size >=
                plan.rings_at + plan.places * (sizeof(RingHead) +
                                               plan.ring_words * sizeof(Word)));
    for (uint64_t at :
         {plan.directory_at, plan.rooms_at, plan.histories_at, plan.cells_at,
          plan.bans_at, plan.members_at, plan.rings_at}) {
        assert_int_equal(at % kLine, 0);
    }
    assert_int_equal(plan.ring_words & (plan.ring_words - 1), 0);
    assert_true(plan.places >= kLeastPlaces && plan.places <= kMostPlaces);
    assert_true(plan.size <= zone);
}

void every_plan_fits_into_its_zone(void**)
{
    for (size_t rooms : {1u, 3u, 10u, 1000u, 65535u}) {
        for (size_t ring :
             {size_t{0}, size_t{512}, size_t{100000}, size_t{1} << 20}) {
            Options options = {rooms, 0, ring};
            size_t least = least_size(options);
            for (size_t zone : {least, least + 1, 2 * least, 16 * least}) {
                auto plan = plan_of(zone, options);
                assert_true(plan.ok());
                check(*plan, zone);
            }
            assert_false(plan_of(least - 1, options).ok());
        }
    }
}

void the_example_of_the_documentation_fits(void**)
{
    size_t zone = size_t{32} << 20;
    auto plan = plan_of(zone, {1000, 0, 0});
    assert_true(plan.ok());
    check(*plan, zone);
    assert_true(plan->history_entries >= 50);
    assert_true(plan->places >= 16);
    assert_true(plan->members >= 10000);
    assert_true(plan->size + slot::Zone::least_size({100, 10, 0}) < zone);
}

void the_longest_message_goes_into_the_usual_ring(void**)
{
    auto plan = plan_of(size_t{32} << 20, {10, 0, 0});
    RingHead head;
    Ring ring(head, nullptr, plan->ring_words);
    assert_true(ring.most() + 64 >= kMaxSaid);
}

void options_out_of_range_are_refused(void**)
{
    size_t much = size_t{1} << 40;
    assert_false(plan_of(much, {0, 0, 0}).ok());
    assert_false(plan_of(much, {65536, 0, 0}).ok());
    assert_false(plan_of(much, {10, 10 * kLeastHistory - 1, 0}).ok());
    assert_true(plan_of(much, {10, 10 * kLeastHistory, 0}).ok());
    assert_false(plan_of(much, {10, 0, kLeastRing - 1}).ok());
    assert_false(plan_of(1000, {1, 0, 0}).ok());
    assert_int_equal(least_size({0, 0, 0}), 0);
}

// The zone keeps that much free behind its slots, and the rest goes on.
void rooms_stand_beside_the_stations(void**)
{
    auto plan = plan_of(size_t{1} << 21, {4, 16384, 8192});
    slot::Options options = {4, 10, plan->size};
    size_t size = (size_t{1} << 21) / kLine * kLine;
    auto* memory = static_cast<uint8_t*>(aligned_alloc(kLine, size));
    auto zone = slot::Zone::create({memory, size}, options, 7);
    assert_true(zone.ok());
    Bytes beside = zone->beside();
    assert_int_equal(beside.size(), plan->size);
    assert_true(beside.data() >= memory &&
                beside.data() + beside.size() <= memory + size);
    Rooms rooms = Rooms::create(beside, *plan, 7, kTestSecret);
    slot::Author author = {1, nobody_is_gone};
    for (const char* name : {"a", "b", "c", "d"}) {
        assert_true(zone->find_or_add(name, author).ok());
        assert_true(rooms.find_or_add(name, author, 1).ok());
    }
    assert_true(zone->find("a").ok() && rooms.find("d").ok());
    auto again = slot::Zone::open({memory, size}, options);
    assert_true(again.ok());
    assert_true(Rooms::open(again->beside(), *plan)->find("a").ok());
    assert_false(slot::Zone::open({memory, size}, {4, 10, 0}).ok());
    auto other = plan_of(size_t{1} << 21, {3, 16384, 8192});
    assert_false(Rooms::open(again->beside(), *other).ok());
    free(memory);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_plan_fits_into_its_zone),
        cmocka_unit_test(the_example_of_the_documentation_fits),
        cmocka_unit_test(the_longest_message_goes_into_the_usual_ring),
        cmocka_unit_test(options_out_of_range_are_refused),
        cmocka_unit_test(rooms_stand_beside_the_stations),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
