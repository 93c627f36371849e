#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string snapshot(std::string_view members)
{
    return R"({"station":"rock","epoch":"68f0a1c2","seq":42,)" +
           std::string(members) + "}";
}

void a_station_that_is_stale_there_is_on_air_here(void**)
{
    auto on_air = [](std::string_view status) {
        return Answer(snapshot(R"("status":")" + std::string(status) + "\""))[0]
            .on_air;
    };
    assert_true(on_air("live"));
    assert_true(on_air("stale"));
    assert_false(on_air("offline"));
}

void texts_are_taken_as_the_origin_made_them(void**)
{
    Answer answer(snapshot(
        R"("status":"live","now":{"text":"A &amp; B - T","artist":null,)"
        R"("title":"A &amp; B - T"},"dj":"Unknown","stream":{"name":"-"})"));
    assert_true(answer[0].now.title == "A &amp; B - T");
    assert_true(answer[0].now.artist.empty());
    assert_true(answer[0].dj == "Unknown");
    assert_true(answer[0].stream.name == "-");
}

// An origin is believed in what it says, but not in what a page could run.
void urls_and_invisible_characters_are_checked_again(void**)
{
    Answer answer(snapshot(
        R"("status":"live","now":{"text":"a\u202eb","art":"javascript:x",)"
        R"("url":"http://h/x"},"stream":{"url":"data:x","listen":"/rock"})"));
    assert_true(answer[0].now.text == "ab");
    assert_true(answer[0].now.art.empty());
    assert_true(answer[0].now.url == "http://h/x");
    assert_true(answer[0].stream.url.empty());
    assert_true(answer[0].stream.listen == "/rock");
}

void all_members_come_over(void**)
{
    Answer answer(snapshot(
        R"("status":"live","now":{"text":"A - T","artist":"A","title":"T",)"
        R"("album":"L","started":1760000012.5,"duration":200.5},)"
        R"("next":{"text":"N","title":"N"},"dj":"D","listeners":{"current":0,)"
        R"("peak":3,"unique":2},"stream":{"name":"S","description":"E",)"
        R"("genre":"G","type":"audio/mpeg","bitrate":128},)"
        R"("history":[{"text":"H","title":"H","started":1760000000},{},)"
        R"({"text":"I"}])"));
    const Report& report = answer[0];
    assert_true(report.station == "rock" && report.dj == "D");
    assert_true(report.now.album == "L" && report.next.title == "N");
    assert_int_equal(report.now.started, 1760000012500);
    assert_int_equal(report.now.duration_ms, 200500);
    assert_int_equal(report.listeners.current, 0);
    assert_int_equal(report.listeners.unique, 2);
    assert_true(report.stream.genre == "G" && report.stream.description == "E");
    assert_int_equal(report.stream.bitrate, 128);
    assert_int_equal(report.history.size(), 2);
    assert_true(report.history[1].text == "I");
}

void an_array_of_snapshots_is_all_of_their_stations(void**)
{
    std::string one = snapshot(R"("status":"live","now":{"text":"A - T"})");
    std::string two =
        R"({"station":"a?b/ c","epoch":"1","seq":1,"status":"offline"})";
    Answer answer("[" + one + "," + two + "]");
    assert_int_equal(answer.reports->format, Format::kOnair);
    assert_int_equal(answer.reports->stations.size(), 2);
    assert_true(answer[0].station == "rock" && answer[0].on_air);
    assert_true(answer[1].station == "a?b/ c" && !answer[1].on_air);
    Answer none("[]", only(Format::kOnair));
    assert_true(none.reports.ok());
    assert_int_equal(none.reports->stations.size(), 0);
    std::string nobody = R"({"epoch":"1","seq":1,"status":"live"})";
    Answer nameless("[" + nobody + "," + one + "]", only(Format::kOnair));
    assert_int_equal(nameless.reports->stations.size(), 1);
    assert_int_equal(nameless.reports->left_out.nameless, 1);
}

void what_is_no_snapshot_is_another_format(void**)
{
    for (const char* body :
         {"{}", R"({"epoch":"1"})", R"({"status":"live"})", "[1]",
          R"([{"epoch":"1","status":"live","station":"a"},{}])"}) {
        Answer answer(body, only(Format::kOnair));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
}

void another_onair_is_a_source(void**)
{
    Answer answer(
        R"({"station":"rock","epoch":"68f0a1c2","seq":42,"status":"stale",)"
        R"("now":{"text":"A &amp; B - T","artist":"A &amp; B","title":"T",)"
        R"("started":1760000012.5,"duration":200.5},"listeners":{"current":12,)"
        R"("peak":30,"unique":null},"stream":{"name":"R","bitrate":128},)"
        R"("history":[{"text":"x - y","artist":"x","title":"y",)"
        R"("started":1759999801.0}]})");
    const Report& report = answer.reports->stations[0];
    assert_int_equal(answer.reports->format, Format::kOnair);
    assert_true(report.on_air && report.station == "rock");
    // Decoded once, at the origin.
    assert_true(report.now.artist == "A &amp; B");
    assert_int_equal(report.now.started, 1760000012500);
    assert_int_equal(report.now.duration_ms, 200500);
    assert_int_equal(report.history[0].started, 1759999801000);
    assert_int_equal(report.listeners.peak, 30);
    assert_int_equal(report.listeners.unique, -1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_station_that_is_stale_there_is_on_air_here),
        cmocka_unit_test(texts_are_taken_as_the_origin_made_them),
        cmocka_unit_test(urls_and_invisible_characters_are_checked_again),
        cmocka_unit_test(all_members_come_over),
        cmocka_unit_test(an_array_of_snapshots_is_all_of_their_stations),
        cmocka_unit_test(what_is_no_snapshot_is_another_format),
        cmocka_unit_test(another_onair_is_a_source),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
