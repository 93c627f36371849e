#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string live(std::string_view station, std::string_view current)
{
    return R"({"station":{)" + std::string(station) +
           R"(},"tracks":{"previous":null,"current":)" + std::string(current) +
           R"(,"next":null}})";
}

constexpr const char* kTrack =
    R"({"type":"track","name":"A - T","starts":"2026-11-21 20:00:00",)"
    R"("ends":"2026-11-21 20:03:00"})";

UnixMs started_with(std::string_view station)
{
    Answer answer(live(station, kTrack), only(Format::kLibretime));
    assert_int_equal(answer[0].now.duration_ms, 180000);
    return answer[0].now.started;
}

// 2026-11-21 20:00:00 as UTC.
constexpr UnixMs kEight = 1795291200000;

void the_offset_told_is_believed(void**)
{
    assert_int_equal(started_with(R"("timezoneOffset":"0")"), kEight);
    assert_int_equal(started_with(R"("timezoneOffset":"-3600")"),
                     kEight + 3600000);
    assert_int_equal(started_with(R"("timezoneOffset":54000)"),
                     kEight - 54000000);
}

// The station's clock against ours, to the nearest quarter of an hour.
void without_an_offset_the_clock_tells_it(void**)
{
    // kNow is 19:29:12 UTC.
    assert_int_equal(started_with(R"("schedulerTime":"2026-11-21 19:29:00")"),
                     kEight);
    assert_int_equal(started_with(R"("schedulerTime":"2026-11-21 14:59:30")"),
                     kEight + 16200000);
    assert_int_equal(started_with(R"("timezoneOffset":"99999",)"
                                  R"("schedulerTime":"2026-11-21 20:29:00")"),
                     kEight - 3600000);
}

void a_clock_that_is_days_off_tells_nothing(void**)
{
    for (const char* station :
         {R"("schedulerTime":"2026-11-19 19:29:00")",
          R"("schedulerTime":"2026-11-23 19:29:00")",
          R"("schedulerTime":"soon")", R"("timezone":"Mars")",
          R"("timezoneOffset":"54001")"}) {
        assert_int_equal(started_with(station), kNoTime);
    }
}

void an_end_before_the_begin_is_no_duration(void**)
{
    Answer answer(live(R"("timezoneOffset":"0")",
                       R"({"name":"A - T","starts":"2026-11-21 20:00:00",)"
                       R"("ends":"2026-11-21 20:00:00"})"),
                  only(Format::kLibretime));
    assert_int_equal(answer[0].now.duration_ms, -1);
}

void on_air_is_any_source_that_is_on(void**)
{
    auto with = [](std::string_view sources) {
        std::string body = live("", kTrack);
        body.insert(1, "\"sources\":" + std::string(sources) + ",");
        return Answer(body, only(Format::kLibretime))[0].on_air;
    };
    assert_true(with(R"({"livedj":"off","scheduledplay":"on"})"));
    assert_false(with(R"({"livedj":"off","scheduledplay":"off"})"));
    assert_false(with("{}"));
    assert_true(with("null"));
    Answer silent(live("", "null"), only(Format::kLibretime));
    assert_false(silent[0].on_air);
}

void a_show_is_no_track_that_comes_next_or_was(void**)
{
    Answer answer(
        R"({"schedulerTime":"2026-11-21 19:29:00","current":{"name":"A - T"},)"
        R"("next":{"type":"show","name":"Evening"},"previous":{"type":"show",)"
        R"("name":"Noon","starts":"2026-11-21 12:00:00"}})");
    assert_true(answer[0].now.text == "A - T");
    assert_true(answer[0].next.text.empty());
    assert_int_equal(answer[0].history.size(), 0);
}

void what_was_is_history_only_with_its_time(void**)
{
    auto history = [](std::string_view previous) {
        return Answer(
                   R"({"schedulerTime":"2026-11-21 19:29:00","current":null,)"
                   R"("previous":)" +
                       std::string(previous) + "}",
                   only(Format::kLibretime))[0]
            .history.size();
    };
    assert_int_equal(
        history(R"({"name":"A - B","starts":"2026-11-21 19:00:00"})"), 1);
    assert_int_equal(history(R"({"name":"A - B"})"), 0);
    assert_int_equal(history(R"({"starts":"2026-11-21 19:00:00"})"), 0);
    assert_int_equal(history("[]"), 0);
}

void libretime_2_tells_the_zone_by_its_clock(void**)
{
    // kNow is 19:29:12 UTC; the station's clock is an hour ahead.
    Answer answer(
        R"({"station":{"schedulerTime":"2026-11-21 20:29:10"},"tracks":)"
        R"({"previous":null,"current":{"name":"A &amp; B - C","starts":)"
        R"("2026-11-21 20:20:00.5","ends":"2026-11-21 20:25:00","type":)"
        R"("track"},"next":null},"sources":{"livedj":"off",)"
        R"("scheduledplay":"on"}})");
    const Report& report = answer.reports->stations[0];
    assert_true(report.on_air);
    assert_true(report.now.artist == "A & B");
    assert_int_equal(report.now.started, 1795288800500);
    assert_int_equal(report.now.duration_ms, 299500);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_offset_told_is_believed),
        cmocka_unit_test(without_an_offset_the_clock_tells_it),
        cmocka_unit_test(a_clock_that_is_days_off_tells_nothing),
        cmocka_unit_test(an_end_before_the_begin_is_no_duration),
        cmocka_unit_test(on_air_is_any_source_that_is_on),
        cmocka_unit_test(a_show_is_no_track_that_comes_next_or_was),
        cmocka_unit_test(what_was_is_history_only_with_its_time),
        cmocka_unit_test(libretime_2_tells_the_zone_by_its_clock),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
