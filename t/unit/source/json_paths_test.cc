#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

void paths_of_the_operator_are_followed(void**)
{
    Options options;
    options.format = Format::kJson;
    options.paths.artist = "/now/by";
    options.paths.title = "$.now['what']";
    options.paths.listeners = "$.counts[1]";
    options.paths.on_air = "/on";
    options.paths.station = "/id";
    options.paths.started = "/now/at";
    options.paths.duration = "/now/long";
    std::string body = R"({"now":{"by":"A","what":1999,"at":1760000012.5,)"
                       R"("long":"3:25"},"counts":[1,22],"on":true,"id":"x"})";
    Answer answer(body, options);
    const Report& report = answer[0];
    assert_true(report.station == "x" && report.on_air);
    assert_true(report.stream.name == "x");
    assert_true(report.now.text == "A - 1999");
    assert_int_equal(report.listeners.current, 22);
    assert_int_equal(report.now.started, 1760000012500);
    assert_int_equal(report.now.duration_ms, 205000);
    options.paths.on_air = "/missing";
    Answer off(body, options);
    assert_false(off.reports->stations[0].on_air);
    options.paths.on_air = {};
    Answer always(body, options);
    assert_true(always.reports->stations[0].on_air);
}

void a_name_is_the_station_s_and_the_stream_s(void**)
{
    Options options = only(Format::kJson);
    options.paths.station = "/label";
    options.paths.text = "/t";
    Answer answer(R"({"label":"Rock&#32;FM","t":"A - T"})", options);
    assert_true(answer[0].stream.name == "Rock FM");
    options.paths.on_air = "/on";
    Answer off(R"({"label":"Rock FM","on":false})", options);
    assert_true(off[0].stream.name == "Rock FM");
    assert_true(off[0].station == "Rock FM");
}

uint32_t bit_of(std::string_view Paths::*path)
{
    for (size_t i = 0; i < std::size(kPathFields); i++) {
        if (kPathFields[i].path == path) {
            return uint32_t{1} << i;
        }
    }
    return 0;
}

void where_a_path_leads_is_remembered(void**)
{
    Options options = only(Format::kJson);
    options.paths.title = "/now/title";
    options.paths.artist = "/now/artist";
    options.paths.album = "/gone/album";
    options.paths.listeners = "/now";
    options.paths.on_air = "/now";
    Answer answer(R"({"now":{"titel":"T","artist":null},"gone":null})",
                  options);
    const PathsLed& led = answer.reports->paths;
    assert_int_equal(led.nowhere, bit_of(&Paths::title));
    assert_int_equal(led.somewhere, bit_of(&Paths::artist) |
                                        bit_of(&Paths::album) |
                                        bit_of(&Paths::on_air));
    assert_int_equal(led.to_several, bit_of(&Paths::listeners));
    // Off air nothing is asked of the track.
    Answer off(R"({"now":false})", options);
    assert_int_equal(off.reports->paths.nowhere, 0);
}

void beside_the_operator_s_name_the_path_is_one_to_show(void**)
{
    Options options = only(Format::kJson);
    options.paths.station = "/label";
    options.station = "rock";
    Answer answer(R"({"label":"Rock FM"})", options);
    assert_true(answer[0].station.empty());
    assert_true(answer[0].stream.name == "Rock FM");
}

void what_a_path_does_not_find_is_unknown(void**)
{
    Options options = only(Format::kJson);
    options.paths.text = "/song";
    options.paths.listeners = "/count";
    options.paths.started = "/at";
    Answer answer(R"({"song":null,"count":{},"at":"noon"})", options);
    assert_true(answer[0].on_air);
    assert_true(answer[0].now.text.empty());
    assert_int_equal(answer[0].listeners.current, -1);
    assert_int_equal(answer[0].now.started, kNoTime);
    Answer blank(R"({"song":"A - T","at":"noon"})", options);
    assert_true(blank[0].now.artist == "A");
    assert_int_equal(blank[0].now.started, kNoTime);
}

void on_air_may_be_said_in_many_ways(void**)
{
    struct Case {
        const char* value;
        bool on_air;
    };
    Options options = only(Format::kJson);
    options.paths.on_air = "/on";
    options.paths.text = "/song";
    for (const Case& one :
         {Case{"true", true}, Case{"false", false}, Case{"1", true},
          Case{"0", false}, Case{"\"yes\"", true}, Case{"\"off\"", false},
          Case{"null", false}, Case{"\"\"", false}, Case{R"({"dj":"x"})", true},
          Case{"[1]", true}}) {
        Answer answer(R"({"song":"A - T","on":)" + std::string(one.value) + "}",
                      options);
        assert_int_equal(answer[0].on_air, one.on_air);
        // Nothing plays where nothing is on air.
        assert_int_equal(answer[0].now.text.empty(), !one.on_air);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(paths_of_the_operator_are_followed),
        cmocka_unit_test(a_name_is_the_station_s_and_the_stream_s),
        cmocka_unit_test(where_a_path_leads_is_remembered),
        cmocka_unit_test(beside_the_operator_s_name_the_path_is_one_to_show),
        cmocka_unit_test(what_a_path_does_not_find_is_unknown),
        cmocka_unit_test(on_air_may_be_said_in_many_ways),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
