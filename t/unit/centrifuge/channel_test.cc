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

#include "centrifuge/channel.h"

using namespace onair;
using namespace onair::centrifuge;

namespace {

void is(std::string_view text, Space space, std::string_view name = {})
{
    Channel channel = read_channel(text);
    assert_int_equal(channel.space, space);
    assert_true(channel.name == name);
}

void a_channel_is_a_space_and_a_name(void**)
{
    is("station:rock", Space::kStation, "rock");
    is("onair:rock", Space::kSnapshot, "rock");
    is("room:rock", Space::kRoom, "rock");
    is("station:a:b", Space::kStation, "a:b");
    is("station:ünï", Space::kStation, "ünï");
}

void what_no_station_can_be_called_is_no_channel(void**)
{
    is("", Space::kNone);
    is("rock", Space::kNone);
    is("global:time", Space::kNone);
    is("Station:rock", Space::kNone);
    is("station:", Space::kNone);
    is("station:*", Space::kNone);
    is("station:\n", Space::kNone);
    is("station:\xff", Space::kNone);
    is("station:" + std::string(129, 'x'), Space::kNone);
}

void each_space_has_its_form(void**)
{
    assert_int_equal(form_of(Space::kStation), encoder::Form::kPush);
    assert_int_equal(form_of(Space::kSnapshot), encoder::Form::kSnapshotPush);
    assert_true(prefix_of(Space::kStation) == "station:");
    assert_true(prefix_of(Space::kNone).empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_channel_is_a_space_and_a_name),
        cmocka_unit_test(what_no_station_can_be_called_is_no_channel),
        cmocka_unit_test(each_space_has_its_form),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
