#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <memory>

#include "unit/cmocka.h"

#include "slot/addresses.h"

using namespace onair::slot;

namespace {

struct Table {
    AddressCounts counts{};
    std::atomic<uint64_t> words[kLeastAddressWords] = {};
    Addresses of{counts, words};
};

// Address hashes of one reach that differ in what is kept of them.
uint64_t address(uint64_t n)
{
    return n << 24 | 5;
}

void a_cap_of_an_address_holds_over_workers(void**)
{
    auto t = std::make_unique<Table>();
    assert_true(t->of.enter(address(1), 0, 2, 0));
    assert_true(t->of.enter(address(1), 1, 2, 0));
    assert_false(t->of.enter(address(1), 2, 2, 0));
    assert_true(t->of.enter(address(2), 2, 2, 0));
    assert_int_equal(t->of.connections(), 3);
    assert_int_equal(t->of.connections(address(1)), 2);
    t->of.leave(address(1), 0);
    assert_true(t->of.enter(address(1), 2, 2, 0));
    assert_int_equal(t->of.overflows(), 0);
}

void it_holds_over_as_many_workers_as_there_can_be(void**)
{
    constexpr uint32_t kEach = 3;
    auto t = std::make_unique<Table>();
    for (uint32_t cap : {10u, 200u, kEach * 129u}) {
        uint32_t in = 0;
        for (uint32_t i = 0; i < kEach; i++) {
            for (uint32_t worker = 0; worker <= 128; worker++) {
                in += t->of.enter(address(1), static_cast<uint8_t>(worker), cap,
                                  0)
                          ? 1
                          : 0;
            }
        }
        assert_int_equal(in, cap);
        assert_false(t->of.enter(address(1), 7, cap, 0));
        for (uint32_t worker = 0; worker <= 128; worker++) {
            t->of.forget(static_cast<uint8_t>(worker));
        }
    }
    assert_int_equal(t->of.overflows(), 0);
    assert_int_equal(t->of.connections(), 0);
}

void a_cap_of_the_zone_holds_over_addresses(void**)
{
    auto t = std::make_unique<Table>();
    for (uint64_t i = 0; i < 5; i++) {
        assert_true(t->of.enter(i * 0x9e3779b97f4a7c15u,
                                static_cast<uint8_t>(i), 0, 5));
    }
    assert_false(t->of.enter(99, 9, 0, 5));
    assert_int_equal(t->of.connections(), 5);
    assert_int_equal(t->of.connections(99), 0);
    t->of.leave(0, 0);
    assert_true(t->of.enter(99, 9, 0, 5));
}

void leaving_gives_every_word_back(void**)
{
    auto t = std::make_unique<Table>();
    for (int round = 0; round < 100; round++) {
        for (uint64_t i = 0; i < 8; i++) {
            assert_true(t->of.enter(address(round * 8 + i), 3, 1, 0));
        }
        for (uint64_t i = 0; i < 8; i++) {
            t->of.leave(address(round * 8 + i), 3);
        }
    }
    assert_int_equal(t->of.overflows(), 0);
    assert_int_equal(t->of.connections(), 0);
    for (auto& word : t->words) {
        assert_int_equal(word.load(), 0);
    }
}

void a_full_reach_lets_in_and_counts_it(void**)
{
    auto t = std::make_unique<Table>();
    for (uint64_t i = 0; i <= kAddressReach; i++) {
        assert_true(t->of.enter(address(i), 0, 1, 0));
    }
    assert_int_equal(t->of.overflows(), 1);
    assert_int_equal(t->of.connections(), kAddressReach + 1);
    assert_true(t->of.enter(address(kAddressReach), 0, 1, 0));
    assert_false(t->of.enter(address(kAddressReach - 1), 0, 1, 0));
}

void a_dead_worker_is_forgotten_and_no_other(void**)
{
    auto t = std::make_unique<Table>();
    for (uint64_t i = 0; i < 1000; i++) {
        t->of.enter(i * 0x9e3779b97f4a7c15u, i % 2, 0, 0);
    }
    t->of.forget(1);
    assert_int_equal(t->of.connections(), 500);
    assert_int_equal(t->of.connections(0x9e3779b97f4a7c15u), 0);
    assert_int_equal(t->of.connections(2 * 0x9e3779b97f4a7c15u), 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_cap_of_an_address_holds_over_workers),
        cmocka_unit_test(it_holds_over_as_many_workers_as_there_can_be),
        cmocka_unit_test(a_cap_of_the_zone_holds_over_addresses),
        cmocka_unit_test(leaving_gives_every_word_back),
        cmocka_unit_test(a_full_reach_lets_in_and_counts_it),
        cmocka_unit_test(a_dead_worker_is_forgotten_and_no_other),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
