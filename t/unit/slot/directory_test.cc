// The names of a zone.
#include "rig.h"

using namespace onair;
using namespace onair::slot;

namespace {

void names_are_numbered_in_the_order_of_their_birth(void**)
{
    Rig rig({300, 2}, Zone::least_size({300, 2}));
    for (size_t i = 0; i < 300; i++) {
        auto index =
            rig.zone().find_or_add("s" + std::to_string(i), rig.author);
        assert_true(index.ok());
        assert_int_equal(*index, i);
    }
    assert_int_equal(rig.zone().stations(), 300);
    for (size_t i = 0; i < 300; i++) {
        std::string name = "s" + std::to_string(i);
        auto index = rig.zone().find(name);
        assert_true(index.ok());
        assert_int_equal(*index, i);
        assert_true(rig.zone().slot(i).name() == name);
        assert_int_equal(*rig.zone().find_or_add(name, rig.author), i);
    }
    assert_int_equal(rig.zone().find("other").fault(), Fault::kNotFound);
    auto full = rig.zone().find_or_add("other", rig.author);
    assert_int_equal(full.fault(), Fault::kZoneFull);
    assert_int_equal(rig.zone().times_full(), 1);
}

void bad_names_are_refused(void**)
{
    Rig rig;
    for (std::string name :
         {std::string(), std::string(129, 'a'), std::string("a\nb"),
          std::string("a\0b", 3), std::string("\x7f"), std::string("*"),
          std::string("a\xff"), std::string("\xc3")}) {
        auto index = rig.zone().find_or_add(name, rig.author);
        assert_int_equal(index.fault(), Fault::kBadName);
        assert_false(rig.zone().find(name).ok());
    }
    assert_true(rig.zone().find_or_add(std::string(128, 'a'), rig.author).ok());
    assert_true(rig.zone().find_or_add("caf\u00e9/live", rig.author).ok());
}

void a_claim_of_a_dead_adder_is_taken_over_with_its_rests(void**)
{
    Rig rig;
    rig.slot("one");
    // SAFETY: the zone's head is the first thing in its memory.
    auto& head = *reinterpret_cast<Head*>(rig.memory().data());
    rig.slot("two");
    head.names = 1;  // as if it died before counting "two"
    head.adding = 4242;
    assert_int_equal(rig.zone().find("two").fault(), Fault::kNotFound);
    assert_true(rig.zone().find("one").ok());
    auto busy = rig.zone().find_or_add("three", rig.author);
    assert_int_equal(busy.fault(), Fault::kBusy);
    rig.author.is_gone = [](uint32_t pid) { return pid == 4242; };
    auto three = rig.zone().find_or_add("three", rig.author);
    assert_int_equal(*three, 1);
    assert_int_equal(rig.zone().find("two").fault(), Fault::kNotFound);
    assert_int_equal(*rig.zone().find_or_add("two", rig.author), 2);
    assert_int_equal(*rig.zone().find("three"), 1);
    assert_int_equal(head.adding, 0);
}

void a_full_table_still_says_what_it_does_not_hold(void**)
{
    Rig rig({1000, 1}, Zone::least_size({1000, 1}));
    for (size_t i = 0; i < 1000; i++) {
        assert_true(
            rig.zone().find_or_add("s" + std::to_string(i), rig.author).ok());
    }
    for (size_t i = 1000; i < 4000; i++) {
        auto found = rig.zone().find("s" + std::to_string(i));
        assert_int_equal(found.fault(), Fault::kNotFound);
    }
}

void a_claim_of_this_process_is_its_own(void**)
{
    Rig rig;
    // SAFETY: the zone's head is the first thing in its memory.
    auto& head = *reinterpret_cast<Head*>(rig.memory().data());
    head.adding = rig.author.pid;  // of one that had the number before
    assert_int_equal(*rig.zone().find_or_add("one", rig.author), 0);
    assert_int_equal(head.adding, 0);
    // What is known already needs no claim.
    head.adding = 4242;
    assert_int_equal(*rig.zone().find_or_add("one", rig.author), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(names_are_numbered_in_the_order_of_their_birth),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(a_claim_of_a_dead_adder_is_taken_over_with_its_rests),
        cmocka_unit_test(a_full_table_still_says_what_it_does_not_hold),
        cmocka_unit_test(a_claim_of_this_process_is_its_own),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
