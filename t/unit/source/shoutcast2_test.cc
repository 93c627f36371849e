#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

void shoutcast_reads_three_blanks_as_a_dash(void**)
{
    Answer answer(R"({"streamstatus":1,"songtitle":"Artist   Title"})");
    assert_true(answer[0].now.artist == "Artist");
    assert_true(answer[0].now.title == "Title");
    assert_true(answer[0].now.text == "Artist - Title");
    Answer dash(R"({"streamstatus":1,"songtitle":"A - T   x"})");
    assert_true(dash.reports->stations[0].now.title == "T x");
}

void shoutcast_names_stations_only_where_there_are_several(void**)
{
    Answer one(R"({"totalstreams":1,"streams":[{"id":7,"streamstatus":1}]})");
    assert_true(one.reports->stations[0].station.empty());
    // The other one has no source just now.
    Answer left(R"({"totalstreams":2,"streams":[{"id":7,"streamstatus":1}]})");
    assert_true(left.reports->stations[0].station == "7");
    Answer none(R"({"totalstreams":0})");
    assert_int_equal(none.reports->stations.size(), 0);
    Answer two(R"({"streams":[{"id":7},{"streamstatus":1},{"id":9}],)"
               R"("totalstreams":3})");
    assert_int_equal(two.reports->stations.size(), 2);
    assert_int_equal(two.reports->left_out.nameless, 1);
    assert_true(two.reports->stations[1].station == "9");
}

void a_status_that_is_not_said_is_not_off_air(void**)
{
    Answer answer(R"({"totalstreams":3,"streams":[{"id":1,"songtitle":"T"},)"
                  R"({"id":2},{"id":3,"streamstatus":0,"songtitle":"T"}]})");
    assert_true(answer[0].on_air && answer[0].now.text == "T");
    assert_false(answer[1].on_air);
    assert_false(answer[2].on_air);
}

void an_uptime_becomes_a_time(void**)
{
    Answer answer(R"({"streamstatus":1,"streamuptime":60})");
    assert_int_equal(answer[0].since, kNow - 60000);
}

void a_stream_is_told_with_what_comes_next(void**)
{
    Answer answer(
        R"({"currentlisteners":12,"peaklisteners":34,"uniquelisteners":11,)"
        R"("servergenre":"rock","serverurl":"http://r.example",)"
        R"("servertitle":"R &amp; B","songtitle":"A - T","nexttitle":"B - U",)"
        R"("songurl":"http://r.example/t","dj":"Anna","streamstatus":1,)"
        R"("streampath":"/stream","bitrate":"128","content":"audio/mpeg"})");
    const Report& report = answer[0];
    assert_int_equal(answer.reports->format, Format::kShoutcast2);
    assert_true(report.on_air);
    assert_true(report.now.title == "T" && report.next.title == "U");
    assert_true(report.now.url == "http://r.example/t");
    assert_true(report.dj == "Anna");
    assert_true(report.stream.name == "R & B");
    assert_true(report.stream.type == "audio/mpeg");
    assert_int_equal(report.stream.bitrate, 128);
    assert_int_equal(report.listeners.current, 12);
    assert_int_equal(report.listeners.peak, 34);
    assert_int_equal(report.listeners.unique, 11);
}

void a_stream_without_a_source_has_no_track(void**)
{
    Answer answer(R"({"streamstatus":0,"songtitle":"Old - One","dj":"Anna",)"
                  R"("servertitle":"Rock FM","currentlisteners":0})");
    assert_false(answer[0].on_air);
    assert_true(answer[0].now.text.empty() && answer[0].dj.empty());
    assert_true(answer[0].stream.name == "Rock FM");
    assert_int_equal(answer[0].listeners.current, 0);
}

void an_uptime_that_cannot_be_is_not_told(void**)
{
    for (const char* uptime : {"-5", "99999999999", "null", "\"soon\""}) {
        Answer answer(R"({"streamstatus":1,"streamuptime":)" +
                      std::string(uptime) + "}");
        assert_true(answer.reports.ok());
        assert_int_equal(answer[0].since, kNoTime);
    }
}

void three_blanks_at_the_start_are_no_dash(void**)
{
    Answer answer(R"({"streamstatus":1,"songtitle":"   Title"})");
    assert_true(answer[0].now.text == "Title");
    assert_true(answer[0].now.artist.empty());
}

void other_objects_are_no_statistics(void**)
{
    for (const char* body : {R"({})", R"({"streams":{"id":1}})",
                             R"({"songtitle":"A - T"})", "[]"}) {
        Answer answer(std::string(body), only(Format::kShoutcast2));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(shoutcast_reads_three_blanks_as_a_dash),
        cmocka_unit_test(shoutcast_names_stations_only_where_there_are_several),
        cmocka_unit_test(a_status_that_is_not_said_is_not_off_air),
        cmocka_unit_test(an_uptime_becomes_a_time),
        cmocka_unit_test(a_stream_is_told_with_what_comes_next),
        cmocka_unit_test(a_stream_without_a_source_has_no_track),
        cmocka_unit_test(an_uptime_that_cannot_be_is_not_told),
        cmocka_unit_test(three_blanks_at_the_start_are_no_dash),
        cmocka_unit_test(other_objects_are_no_statistics),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
