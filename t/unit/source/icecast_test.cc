#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

void icecast_kh_and_its_artwork_are_read(void**)
{
    Answer answer(R"({"icestats":{"source":{"listenurl":"http://h/kh.mp3",)"
                  R"("stream_start":"Sat, 21 Nov 2026 19:29:12 +0000",)"
                  R"("artist":"A","title":"T","artwork":"http://h/a.jpg",)"
                  R"("bitrate":"128000"}}})");
    const Report& report = answer[0];
    assert_int_equal(report.since, 1795289352000);
    assert_true(report.now.text == "A - T");
    assert_true(report.now.art == "http://h/a.jpg");
    assert_int_equal(report.stream.bitrate, 128);
}

std::string mount(std::string_view path, std::string_view title)
{
    return R"({"listenurl":"http://h:8000)" + std::string(path) +
           R"(","stream_start_iso8601":"2026-11-21T19:29:12+0000","title":")" +
           std::string(title) + R"("})";
}

void sources_are_absent_one_or_several(void**)
{
    Answer none(R"({"icestats":{"admin":"a@b"}})");
    assert_true(none.reports.ok());
    assert_int_equal(none.reports->stations.size(), 0);
    Answer one(R"({"icestats":{"source":)" + mount("/rock", "A - T") + "}}");
    assert_int_equal(one.reports->stations.size(), 1);
    assert_true(one[0].station == "rock" && one[0].now.title == "T");
    assert_int_equal(one[0].since, 1795289352000);
    Answer two(R"({"icestats":{"source":[)" + mount("/rock", "x") + "," +
               mount("/jazz/live.ogg", "y") + "]}}");
    assert_int_equal(two.reports->stations.size(), 2);
    assert_true(two[1].station == "jazz/live.ogg" && two[1].now.text == "y");
}

void a_mount_without_a_start_is_off_air(void**)
{
    Answer answer(R"({"icestats":{"source":{"listenurl":"http://h/rock",)"
                  R"("title":"Old"}}})");
    assert_false(answer[0].on_air);
}

void tags_of_2_5_go_before_the_old_members(void**)
{
    Answer answer(
        R"({"icestats":{"source":{"listenurl":"http://h/rock",)"
        R"("stream_start":"Sat, 21 Nov 2026 19:29:12 +0000","title":"old",)"
        R"("metadata":{"artist":"A","title":"T","album":"L"}}}})");
    assert_true(answer[0].now.artist == "A");
    assert_true(answer[0].now.title == "T");
    assert_true(answer[0].now.album == "L");
}

void what_is_no_mount_is_passed_over(void**)
{
    Answer answer(R"({"icestats":{"source":[null,7,"x",[],)" +
                  mount("/rock", "x") + "]}}");
    assert_int_equal(answer.reports->stations.size(), 1);
    assert_int_equal(answer.reports->left_out.nameless, 0);
    assert_true(answer[0].station == "rock");
    Answer word(R"({"icestats":"x"})", only(Format::kIcecast));
    assert_int_equal(word.reports.fault(), Fault::kUnknownFormat);
}

void a_mount_without_a_name_is_left_out(void**)
{
    Answer answer(R"({"icestats":{"source":[{"stream_start":"x"},)"
                  R"({"listenurl":"http://h/"}]}})");
    assert_int_equal(answer.reports->stations.size(), 0);
    assert_int_equal(answer.reports->left_out.nameless, 2);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(icecast_kh_and_its_artwork_are_read),
        cmocka_unit_test(sources_are_absent_one_or_several),
        cmocka_unit_test(a_mount_without_a_start_is_off_air),
        cmocka_unit_test(tags_of_2_5_go_before_the_old_members),
        cmocka_unit_test(what_is_no_mount_is_passed_over),
        cmocka_unit_test(a_mount_without_a_name_is_left_out),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
