#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/format.h"

using namespace onair;
using namespace onair::source;

namespace {

struct Rig {
    explicit Rig(size_t room, size_t most = 1024) : memory(64 * 1024)
    {
        options.max_stations = most;
        assert_true(list.expect(room));
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        for (const Report& report : list.reports()) {
            all.emplace_back(report.station);
        }
        return all;
    }

    std::vector<uint8_t> memory;
    Options options;
    Arena arena{memory};
    ReportList list{options, 0, arena};
};

void a_name_may_be_given_with_its_slash(void**)
{
    assert_true(is_called("rock", "rock"));
    assert_true(is_called("/rock", "rock"));
    assert_false(is_called("rock", "/rock"));
    assert_false(is_called("rock", "rocky"));
    assert_false(is_called("/", ""));
    assert_false(is_called("", ""));
}

void past_the_bound_a_station_is_counted(void**)
{
    Rig rig(3, 2);
    assert_non_null(rig.list.add("a", {}, "a"));
    assert_non_null(rig.list.add("b", {}, "b"));
    assert_null(rig.list.add("c", {}, "c"));
    assert_int_equal(rig.list.left_out().past_bound, 1);
    assert_int_equal(rig.list.left_out().nameless, 0);
    assert_int_equal(rig.list.reports().size(), 2);
}

// The bound is not to decide which station a name means.
void the_station_asked_for_has_room_past_the_bound(void**)
{
    Rig rig(4, 2);
    rig.options.station = "d";
    for (const char* name : {"a", "b", "c", "d", "d"}) {
        Report* report = rig.list.add(name, {}, name);
        if (report != nullptr) {
            report->listeners.current = name[0];
        }
    }
    assert_true(rig.names() == (std::vector<std::string>{"a", "d"}));
    assert_int_equal(rig.list.reports()[1].listeners.current, 'd');
    Rig by_id(2, 1);
    by_id.options.station = "7";
    by_id.list.add("a", "6", {});
    assert_non_null(by_id.list.add("b", "7", {}));
    // Once it is there, nothing takes its place.
    assert_null(by_id.list.add("7", "8", {}));
    assert_true(by_id.names() == (std::vector<std::string>{"b"}));
}

void a_station_without_a_name_is_told_of(void**)
{
    Rig rig(3);
    assert_null(rig.list.add({}, {}, "http://h:8000/"));
    assert_null(rig.list.add({}, {}, "second"));
    assert_non_null(rig.list.add("a", {}, "a"));
    assert_int_equal(rig.list.left_out().nameless, 2);
    assert_true(rig.list.left_out().unusable == "http://h:8000/");
}

void the_operator_s_name_is_name_enough(void**)
{
    Rig rig(3);
    rig.options.station = "rock";
    assert_non_null(rig.list.add({}, {}, "http://h:8000/"));
    assert_int_equal(rig.list.left_out().nameless, 0);
}

void only_the_mounts_given_are_taken(void**)
{
    Rig rig(3, 2);
    std::string_view mounts[] = {"/b", "7"};
    rig.options.mounts = mounts;
    rig.options.station = "rock";
    assert_null(rig.list.add("a", {}, "a"));
    assert_non_null(rig.list.add("b", {}, "b"));
    assert_null(rig.list.add("x", "6", "x"));
    assert_non_null(rig.list.add("c", "7", "c"));
    assert_int_equal(rig.list.left_out().past_bound, 0);
    std::string_view all[] = {"*"};
    Rig whole(3);
    whole.options.mounts = all;
    whole.options.station = "rock";
    assert_non_null(whole.list.add("a", {}, "a"));
    assert_non_null(whole.list.add({}, {}, "/"));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_name_may_be_given_with_its_slash),
        cmocka_unit_test(past_the_bound_a_station_is_counted),
        cmocka_unit_test(the_station_asked_for_has_room_past_the_bound),
        cmocka_unit_test(a_station_without_a_name_is_told_of),
        cmocka_unit_test(the_operator_s_name_is_name_enough),
        cmocka_unit_test(only_the_mounts_given_are_taken),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
