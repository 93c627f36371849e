#include <optional>
#include <string>
#include <vector>

// After the library: cmocka has macros that its headers would meet.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include "azuracast/answer.h"

using namespace onair;
using namespace onair::azuracast;

namespace {

template <typename Write>
std::string written(Write write)
{
    char room[kMostOfAnswer];
    Writer out(room);
    write(out);
    assert_true(out.ok());
    return std::string(out.view());
}

std::string time_of(UnixMs clock)
{
    return written([=](Writer& out) { write_time(out, clock); });
}

void an_error_has_the_members_that_clients_look_for(void**)
{
    std::string error =
        written([](Writer& out) { write_error(out, 404, "Record not found"); });
    assert_string_equal(
        error.c_str(),
        "{\"code\":404,\"type\":\"Error\",\"message\":\"Record not found\","
        "\"formatted_message\":\"Record not found\",\"extra_data\":[],"
        "\"success\":false}");
}

void the_time_is_said_in_every_form(void**)
{
    assert_string_equal(
        time_of(1760000030999).c_str(),
        "{\"timestamp\":1760000030,\"utc_datetime\":\"2025-10-09 08:53:50\","
        "\"utc_date\":\"2025-10-09\",\"utc_time\":\"08:53:50\","
        "\"utc_json\":\"2025-10-09T08:53:50+00:00\"}");
    assert_true(time_of(1709164800000).find("2024-02-29") != std::string::npos);
}

void a_clock_that_cannot_be_is_a_time_all_the_same(void**)
{
    assert_true(time_of(-5).find("1970-01-01") != std::string::npos);
    assert_true(time_of(INT64_MAX).find("9999-12-31") != std::string::npos);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_error_has_the_members_that_clients_look_for),
        cmocka_unit_test(the_time_is_said_in_every_form),
        cmocka_unit_test(a_clock_that_cannot_be_is_a_time_all_the_same),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
