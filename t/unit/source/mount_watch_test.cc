#include <vector>

#include "unit/cmocka.h"

#include "source/mount_watch.h"

using namespace onair;
using namespace onair::source;

namespace {

constexpr std::string_view kMounts[] = {"/rock.mp3", "rock.aac", "low"};

std::vector<Report> with(std::initializer_list<std::string_view> names)
{
    std::vector<Report> reports;
    for (std::string_view name : names) {
        reports.emplace_back().station = name;
    }
    return reports;
}

void a_name_is_told_of_once_after_three_answers_without_it(void**)
{
    MountWatch watch;
    assert_int_equal(watch.hear(with({"rock.mp3"}), kMounts), 0);
    assert_int_equal(watch.hear(with({"rock.mp3"}), kMounts), 0);
    assert_int_equal(watch.missing(), 0);
    assert_int_equal(watch.hear(with({"jazz"}), kMounts), 0b110);
    assert_int_equal(watch.missing(), 0b110);
    assert_int_equal(watch.hear(with({"jazz"}), kMounts), 0);
    assert_int_equal(watch.missing(), 0b110);
}

void one_that_was_there_once_is_none_of_them(void**)
{
    MountWatch watch;
    watch.hear(with({"low", "rock.aac"}), kMounts);
    watch.hear(with({"rock.mp3"}), kMounts);
    assert_int_equal(watch.hear(with({"jazz"}), kMounts), 0);
    assert_int_equal(watch.missing(), 0);
}

void what_comes_later_is_missed_no_more(void**)
{
    MountWatch watch;
    for (int i = 0; i < MountWatch::kAnswers; i++) {
        watch.hear(with({"jazz"}), kMounts);
    }
    assert_int_equal(watch.missing(), 0b111);
    watch.hear(with({"low"}), kMounts);
    assert_int_equal(watch.missing(), 0b011);
    watch.hear(with({"jazz"}), kMounts);
    assert_int_equal(watch.missing(), 0b011);
}

void an_answer_without_stations_says_nothing(void**)
{
    MountWatch watch;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(watch.hear({}, kMounts), 0);
    }
    assert_int_equal(watch.missing(), 0);
}

void a_bit_is_enough_for_as_many_as_there_may_be(void**)
{
    std::vector<std::string_view> many(kMostMounts, "x");
    many.back() = "jazz";
    MountWatch watch;
    uint64_t told = 0;
    for (int i = 0; i < MountWatch::kAnswers; i++) {
        told = watch.hear(with({"jazz"}), many);
    }
    assert_true(told == ~(uint64_t{1} << 63));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_told_of_once_after_three_answers_without_it),
        cmocka_unit_test(one_that_was_there_once_is_none_of_them),
        cmocka_unit_test(what_comes_later_is_missed_no_more),
        cmocka_unit_test(an_answer_without_stations_says_nothing),
        cmocka_unit_test(a_bit_is_enough_for_as_many_as_there_may_be),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
