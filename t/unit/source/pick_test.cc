#include <array>

#include "source/pick.h"

extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

using onair::Report;
using onair::source::pick;

static void of_no_reports_there_is_no_choice(void**)
{
    assert_null(pick({}));
}

static void a_titled_mount_is_chosen_before_a_silent_one(void**)
{
    std::array<Report, 3> reports;
    reports[1].on_air = true;
    reports[2].on_air = true;
    reports[2].now.text = "A - B";
    assert_ptr_equal(pick(reports), &reports[2]);
}

static void a_title_of_a_mount_off_air_does_not_count(void**)
{
    std::array<Report, 2> reports;
    reports[0].now.text = "A - B";
    reports[1].on_air = true;
    assert_ptr_equal(pick(reports), &reports[1]);
}

static void of_equals_the_first_is_chosen(void**)
{
    std::array<Report, 2> reports;
    assert_ptr_equal(pick(reports), &reports[0]);
}

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(of_no_reports_there_is_no_choice),
        cmocka_unit_test(a_titled_mount_is_chosen_before_a_silent_one),
        cmocka_unit_test(a_title_of_a_mount_off_air_does_not_count),
        cmocka_unit_test(of_equals_the_first_is_chosen),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
