#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

void the_seven_fields_are_read(void**)
{
    Answer answer("<HTML><Body class=\"x\">3,1,9,50,2,128,A - T</BODY></html>");
    const Report& report = answer[0];
    assert_true(report.on_air && report.station.empty());
    assert_true(report.now.artist == "A" && report.now.title == "T");
    assert_int_equal(report.listeners.current, 3);
    assert_int_equal(report.listeners.peak, 9);
    assert_int_equal(report.listeners.unique, 2);
    assert_int_equal(report.stream.bitrate, 128);
}

void a_title_may_hold_commas_and_escapes(void**)
{
    Answer answer("1,1,1,1,1,64,Earth, Wind &amp; Fire - Let&#39;s Groove");
    assert_true(answer[0].now.artist == "Earth, Wind & Fire");
    assert_true(answer[0].now.title == "Let's Groove");
    // The page is HTML whatever the operator said of entities in titles.
    Options options;
    options.repair.entities = false;
    Answer plain("1,1,1,1,1,64,R&amp;B - x", options);
    assert_true(plain[0].now.artist == "R&B");
}

void off_air_there_is_no_title(void**)
{
    Answer answer("0,0,9,50,0,0,Left - over");
    assert_false(answer[0].on_air);
    assert_true(answer[0].now.text.empty());
    assert_int_equal(answer[0].stream.bitrate, -1);
    assert_int_equal(answer[0].listeners.current, 0);
    Answer odd("0,2,9,50,0,0,x");
    assert_false(odd[0].on_air);
}

void a_page_without_the_six_numbers_is_another_format(void**)
{
    for (const char* body :
         {"1,1,1,1,1", "1,1,1,1,1,64", "a,1,1,1,1,64,x", "1,1,,1,1,64,x",
          "<body>1,1,1,1,-1,64,x</body>", "<body></body>1,1,1,1,1,64,x", ""}) {
        Answer answer(body, only(Format::kShoutcast1));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
}

void a_tag_that_never_ends_hides_nothing(void**)
{
    Answer answer("1,1,1,1,1,64,A - T <body");
    assert_true(answer[0].now.title == "T <body");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_seven_fields_are_read),
        cmocka_unit_test(a_title_may_hold_commas_and_escapes),
        cmocka_unit_test(off_air_there_is_no_title),
        cmocka_unit_test(a_page_without_the_six_numbers_is_another_format),
        cmocka_unit_test(a_tag_that_never_ends_hides_nothing),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
