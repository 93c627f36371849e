#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

void status_track_and_output_are_read(void**)
{
    Answer answer(
        R"({"status":"online","source":{"collaborator":{"name":"DJ &amp; Co"}},)"
        R"("current_track":{"title":"A - T","artwork_url":"https://h/a.jpg",)"
        R"("start_time":"2026-11-21T19:29:10+00:00"},)"
        R"("outputs":[{"format":"MP3","bitrate":192},{"format":"aac"}]})");
    const Report& report = answer[0];
    assert_true(report.on_air && report.station.empty());
    assert_true(report.now.artist == "A" && report.now.title == "T");
    assert_true(report.now.art == "https://h/a.jpg");
    assert_int_equal(report.now.started, 1795289350000);
    assert_true(report.dj == "DJ & Co");
    assert_true(report.stream.type == "audio/mpeg");
    assert_int_equal(report.stream.bitrate, 192);
}

void only_online_is_on_air(void**)
{
    for (const char* status : {"offline", "Online", ""}) {
        Answer answer(R"({"status":")" + std::string(status) +
                      R"(","current_track":{"title":"A - T"}})");
        assert_false(answer[0].on_air);
        assert_true(answer[0].now.text.empty());
    }
}

void without_a_title_there_is_no_begin(void**)
{
    Answer answer(R"({"status":"online","current_track":{"title":"",)"
                  R"("start_time":"2026-11-21T19:29:10+00:00"},)"
                  R"("outputs":[{"format":"aac"}]})");
    assert_int_equal(answer[0].now.started, kNoTime);
    assert_true(answer[0].stream.type == "audio/aac");
    Answer other(R"({"status":"online","current_track":null,)"
                 R"("outputs":[{"format":"midi"}]})");
    assert_true(other[0].stream.type.empty());
}

void what_lacks_status_or_track_is_another_format(void**)
{
    for (const char* body : {R"({"status":"online"})",
                             R"({"current_track":{"title":"x"}})", "[]"}) {
        Answer answer(body, only(Format::kRadioco));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(status_track_and_output_are_read),
        cmocka_unit_test(only_online_is_on_air),
        cmocka_unit_test(without_a_title_there_is_no_begin),
        cmocka_unit_test(what_lacks_status_or_track_is_another_format),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
