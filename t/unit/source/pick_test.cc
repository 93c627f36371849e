#include <array>
#include <vector>

#include "unit/cmocka.h"

#include "source/pick.h"

using namespace onair;
using onair::source::add_up;
using onair::source::pick;
using onair::source::Picked;

namespace {

Report mount(std::string_view name, int64_t listeners = -1,
             std::string_view title = {})
{
    Report report;
    report.station = name;
    report.on_air = true;
    report.listeners.current = listeners;
    report.now.text = title;
    return report;
}

void of_no_reports_there_is_no_choice(void**)
{
    assert_null(pick({}, "rock", false).report);
}

void the_station_so_called_is_chosen_before_a_titled_one(void**)
{
    std::array<Report, 3> reports = {mount("jazz", 1, "J - T"), mount("rock"),
                                     mount("news", 1, "N - T")};
    Picked picked = pick(reports, "rock", false);
    assert_ptr_equal(picked.report, &reports[1]);
    assert_true(picked.by_name);
    reports[1].on_air = false;
    assert_ptr_equal(pick(reports, "rock", false).report, &reports[1]);
    assert_ptr_equal(pick(reports, "/rock", false).report, &reports[1]);
}

void an_id_is_a_name_too_but_after_the_names(void**)
{
    std::array<Report, 3> reports = {mount("a"), mount("b"), mount("7")};
    reports[0].id = "7";
    reports[1].id = "8";
    assert_ptr_equal(pick(reports, "8", false).report, &reports[1]);
    assert_ptr_equal(pick(reports, "7", false).report, &reports[2]);
}

void an_empty_name_is_nobody_s(void**)
{
    std::array<Report, 1> reports = {mount("")};
    assert_false(pick(reports, "", false).by_name);
    assert_false(pick(reports, "/", false).by_name);
}

void where_none_is_so_called_the_one_that_says_most_is_chosen(void**)
{
    std::array<Report, 3> reports;
    reports[1].on_air = true;
    reports[2].on_air = true;
    reports[2].now.text = "A - B";
    Picked picked = pick(reports, "rock", false);
    assert_ptr_equal(picked.report, &reports[2]);
    assert_false(picked.by_name);
    assert_null(pick(reports, "rock", true).report);
}

void a_title_of_a_mount_off_air_does_not_count(void**)
{
    std::array<Report, 2> reports;
    reports[0].now.text = "A - B";
    reports[1].on_air = true;
    assert_ptr_equal(pick(reports, "rock", false).report, &reports[1]);
}

void of_equals_the_first_is_chosen(void**)
{
    std::array<Report, 2> reports;
    assert_ptr_equal(pick(reports, "rock", false).report, &reports[0]);
}

class Sum {
  public:
    Sum(std::span<const Report> reports, std::vector<std::string_view> mounts)
        : arena_(memory_), result(add_up(reports, mounts, arena_))
    {}

  private:
    uint8_t memory_[1024] = {};
    Arena arena_;

  public:
    Result<Report> result;
};

void listeners_of_the_mounts_are_added_up(void**)
{
    std::array<Report, 4> reports = {mount("mp3", 10), mount("aac", 5, "A - T"),
                                     mount("low"),
                                     mount("jazz", 1000, "J - T")};
    reports[0].listeners.unique = 8;
    reports[1].listeners.peak = 50;
    Sum sum(reports, {"mp3", "/aac", "low", "gone"});
    const Report& report = *sum.result;
    assert_int_equal(report.listeners.current, 15);
    assert_int_equal(report.listeners.unique, 8);
    assert_int_equal(report.listeners.peak, -1);
    assert_true(report.now.text == "A - T");
    assert_true(report.on_air);
}

void one_mount_alone_keeps_its_peak(void**)
{
    std::array<Report, 1> reports = {mount("mp3", 10)};
    reports[0].listeners.peak = 50;
    Sum sum(reports, {"gone", "mp3"});
    assert_int_equal(sum.result->listeners.peak, 50);
    assert_int_equal(sum.result->listeners.unique, -1);
}

void the_order_of_the_mounts_says_whose_title_it_is(void**)
{
    std::array<Report, 3> reports = {mount("a", 1, "A"), mount("b", 1, "B"),
                                     mount("c", 1, "C")};
    assert_true(Sum(reports, {"b", "a"}).result->now.text == "B");
    reports[1].on_air = false;
    assert_true(Sum(reports, {"b", "a"}).result->now.text == "A");
    assert_int_equal(Sum(reports, {"b", "a"}).result->listeners.current, 2);
}

void a_mount_counts_once(void**)
{
    std::array<Report, 4> reports = {mount("a", 1), mount("b", 10),
                                     mount("a", 100), mount("", 1000)};
    reports[1].id = "2";
    assert_int_equal(Sum(reports, {"*"}).result->listeners.current, 1011);
    assert_int_equal(
        Sum(reports, {"b", "2", "/b", "a", "/a"}).result->listeners.current,
        11);
}

void of_all_mounts_the_first_of_the_document_is_the_first(void**)
{
    std::array<Report, 3> reports = {mount("c", 1), mount("b", 2, "B"),
                                     mount("a", 4, "A")};
    Sum sum(reports, {"*"});
    assert_true(sum.result->now.text == "B");
    assert_int_equal(sum.result->listeners.current, 7);
}

void counts_that_cannot_be_do_not_run_over(void**)
{
    int64_t most = int64_t{1} << 53;
    std::array<Report, 3> reports = {mount("a", most), mount("b", most),
                                     mount("c", most)};
    assert_true(Sum(reports, {"*"}).result->listeners.current == most);
}

void where_no_mount_is_there_it_is_said(void**)
{
    std::array<Report, 1> reports = {mount("jazz", 10)};
    assert_int_equal(Sum(reports, {"rock"}).result.fault(), Fault::kNotFound);
    assert_int_equal(Sum({}, {"*"}).result.fault(), Fault::kNotFound);
}

void without_memory_it_is_said(void**)
{
    std::array<Report, 3> reports;
    Arena none({});
    std::array<std::string_view, 1> all = {"*"};
    assert_int_equal(add_up(reports, all, none).fault(), Fault::kNoMemory);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(of_no_reports_there_is_no_choice),
        cmocka_unit_test(the_station_so_called_is_chosen_before_a_titled_one),
        cmocka_unit_test(an_id_is_a_name_too_but_after_the_names),
        cmocka_unit_test(an_empty_name_is_nobody_s),
        cmocka_unit_test(
            where_none_is_so_called_the_one_that_says_most_is_chosen),
        cmocka_unit_test(a_title_of_a_mount_off_air_does_not_count),
        cmocka_unit_test(of_equals_the_first_is_chosen),
        cmocka_unit_test(listeners_of_the_mounts_are_added_up),
        cmocka_unit_test(one_mount_alone_keeps_its_peak),
        cmocka_unit_test(the_order_of_the_mounts_says_whose_title_it_is),
        cmocka_unit_test(a_mount_counts_once),
        cmocka_unit_test(of_all_mounts_the_first_of_the_document_is_the_first),
        cmocka_unit_test(counts_that_cannot_be_do_not_run_over),
        cmocka_unit_test(where_no_mount_is_there_it_is_said),
        cmocka_unit_test(without_memory_it_is_said),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
