extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include <string>
#include <vector>

#include "answer.h"
#include "source/original.h"

using namespace onair;
using namespace onair::source;

namespace {

Options with_originals()
{
    Options options;
    options.originals = true;
    options.format = Format::kAzuracast;
    return options;
}

const std::string kStation =
    R"({ "station": {"id": 3, "shortcode":"rock","own":{"x":[1, 2.50, true]}},)"
    "\n"
    R"("listeners":{"total":20}, "now_playing":{"sh_id":7,"played_at":1,)"
    R"("duration":180,"song":{"text":"A - B","art":"\/a.jpg"},)"
    R"("elapsed":25,"remaining":155},"is_online":true,"cache":"hit"})";

std::string of(const std::string& body, size_t index = 0)
{
    Answer answer(body, with_originals());
    assert_true(answer.reports.ok());
    return std::string(answer[index].original.text);
}

uint64_t digest(const std::string& body)
{
    Answer answer(body, with_originals());
    assert_true(answer.reports.ok());
    return answer[0].original.digest;
}

std::string with(std::string body, const std::string& old,
                 const std::string& now)
{
    size_t at = body.find(old);
    assert_true(at != std::string::npos);
    return body.replace(at, old.size(), now);
}

void it_is_one_line_in_the_order_of_its_source_with_marks(void**)
{
    assert_string_equal(
        of(kStation).c_str(),
        "{\"station\":\x05{\"id\":3,\"shortcode\":\"rock\",\"own\":{\"x\":"
        "[1,2.50,true]}}\x05,\"listeners\":{\"total\":20},\"now_playing\":"
        "{\"sh_id\":7,\"played_at\":1,\"duration\":180,\"song\":{\"text\":"
        "\"A - B\",\"art\":\"/a.jpg\"},\"elapsed\":\x01"
        "25\x01,\"remaining\":\x02"
        "155\x02},\"is_online\":\x03true\x03,\"cache\":\x04}");
}

void strings_keep_their_characters_and_break_no_line(void**)
{
    std::string title = R"("A\n\"\\\u2028<é😀\u0001")";
    std::string text = of(with(kStation, "\"A - B\"", title));
    assert_true(text.find("\"A\\u000a\\u0022\\u005c\xe2\x80\xa8\\u003cé😀"
                          "\\u0001\"") != std::string::npos);
}

void what_time_alone_changes_is_not_in_the_digest(void**)
{
    uint64_t was = digest(kStation);
    assert_true(was != 0);
    assert_true(was == digest(with(kStation, "25", "26")));
    assert_true(was == digest(with(kStation, "155", "154")));
    assert_true(was == digest(with(kStation, "20}", "21}")));
    assert_true(was == digest(with(kStation, "\"hit\"", "null")));
    assert_false(was == digest(with(kStation, "2.50", "2.51")));
    assert_false(was == digest(with(kStation, "\"sh_id\":7", "\"sh_id\":8")));
}

void each_station_of_a_list_has_its_own(void**)
{
    std::string list = "[" + kStation + "," +
                       with(kStation, "\"rock\"", "\"\"") + "," +
                       with(with(kStation, "rock", "jazz"), "7", "8") + "]";
    Answer answer(list, with_originals());
    assert_int_equal(answer.reports->stations.size(), 2);
    assert_true(answer[0].original.text.find("rock") != std::string::npos);
    assert_true(answer[1].original.text.find("jazz") != std::string::npos);
    assert_int_equal(answer[1].original.said, kNow);
}

void nothing_is_kept_of_what_has_no_song_or_station(void**)
{
    assert_string_equal(
        of(with(kStation, "\"now_playing\":{", "\"x\":{")).c_str(), "");
    assert_string_equal(of(with(kStation, "\"song\":{", "\"x\":{")).c_str(),
                        "");
}

void a_document_that_is_not_json_to_the_letter_has_no_original(void**)
{
    std::string body = with(kStation, "\"sh_id\":7", "\"sh_id\":-");
    Answer answer(body, with_originals());
    assert_true(answer.reports.ok());
    assert_string_equal(std::string(answer[0].now.text).c_str(), "A - B");
    assert_true(answer[0].original.text.empty());
}

void more_than_the_bound_is_not_kept(void**)
{
    std::string body =
        with(kStation, "2.50", "\"" + std::string(kMaxOriginal, 'x') + "\"");
    Answer answer(body, with_originals());
    assert_true(answer.reports.ok());
    assert_string_equal(std::string(answer[0].now.text).c_str(), "A - B");
    assert_true(answer[0].original.text.empty());
    assert_true(answer[0].original.digest == 0);
}

void nobody_who_did_not_ask_pays_for_it(void**)
{
    Answer answer(kStation);
    assert_true(answer[0].original.text.empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(it_is_one_line_in_the_order_of_its_source_with_marks),
        cmocka_unit_test(strings_keep_their_characters_and_break_no_line),
        cmocka_unit_test(what_time_alone_changes_is_not_in_the_digest),
        cmocka_unit_test(each_station_of_a_list_has_its_own),
        cmocka_unit_test(nothing_is_kept_of_what_has_no_song_or_station),
        cmocka_unit_test(
            a_document_that_is_not_json_to_the_letter_has_no_original),
        cmocka_unit_test(more_than_the_bound_is_not_kept),
        cmocka_unit_test(nobody_who_did_not_ask_pays_for_it),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
