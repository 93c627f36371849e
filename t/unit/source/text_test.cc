#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

Fault fault_of(std::string body)
{
    return Answer(std::move(body), only(Format::kText)).reports.fault();
}

void a_line_is_artist_and_title(void**)
{
    for (const char* body :
         {"Artist - Title", "Artist - Title\n", "Artist - Title\r\n",
          "\xef\xbb\xbf"
          "Artist - Title",
          "\n\n  Artist - Title \n\n"}) {
        Answer answer(body, only(Format::kText));
        assert_true(answer.reports.ok());
        assert_int_equal(answer.reports->format, Format::kText);
        assert_true(answer[0].on_air && answer[0].station.empty());
        assert_true(answer[0].now.artist == "Artist");
        assert_true(answer[0].now.title == "Title");
    }
}

void a_title_may_begin_like_something_else(void**)
{
    for (const char* body : {"7 Seconds", "1,1,2,3,1,128,x", "<3", "{}", "[x]",
                             "\"Heroes\"", "null"}) {
        Answer answer(body, only(Format::kText));
        assert_true(answer.reports.ok());
        assert_true(answer[0].now.text == body);
    }
}

void an_empty_line_is_no_title(void**)
{
    for (const char* body : {"", "\n", " \r\n\r\n", "\xef\xbb\xbf"}) {
        Answer answer(body, only(Format::kText));
        assert_true(answer[0].on_air);
        assert_true(answer[0].now.text.empty());
    }
}

void bytes_of_another_character_set_are_mended(void**)
{
    Answer latin("Beyonc\xe9 - D\xe9j\xe0", only(Format::kText));
    assert_true(latin[0].now.text == "Beyonc\u00e9 - D\u00e9j\u00e0");
    Answer escaped("A &amp; B - T", only(Format::kText));
    assert_true(escaped[0].now.artist == "A & B");
}

void a_file_of_windows_is_read(void**)
{
    std::string little("\xff\xfeM\0\xf6\0 \0-\0 \0\x3c\xd8\xb5\xdf\r\0\n\0",
                       20);
    Answer answer(little, only(Format::kText));
    assert_true(answer[0].now.text == "M\u00f6 - \U0001f3b5");
    std::string big("\xfe\xff\0M\0\xf6", 6);
    assert_true(Answer(big, only(Format::kText))[0].now.text == "M\u00f6");
    // Halves of a pair, and half a unit at the end.
    std::string halves("\xfe\xff\xd8\x3c\0a\xdf\xb5\0b\0", 11);
    assert_true(Answer(halves, only(Format::kText))[0].now.text ==
                "\ufffda\ufffdb");
}

void several_lines_are_not_guessed_at(void**)
{
    assert_int_equal(fault_of("Artist\nTitle"), Fault::kSeveralLines);
    assert_int_equal(fault_of("Artist\r\n\r\nTitle\r\n"), Fault::kSeveralLines);
}

void a_page_or_another_document_is_no_line(void**)
{
    for (const char* body :
         {"<!DOCTYPE html><p>x", "<HTML><body>x", "<?xml version='1.0'?><a/>",
          "{\"title\":\"T\"}", "[{\"a\":1}]"}) {
        assert_int_equal(fault_of(body), Fault::kUnknownFormat);
    }
    assert_int_equal(fault_of(std::string("a\0b", 3)), Fault::kUnknownFormat);
}

void a_line_has_a_bound(void**)
{
    assert_int_equal(fault_of(std::string(65537, 'x')), Fault::kTooLarge);
    Answer answer(std::string(65536, 'x'), only(Format::kText));
    assert_int_equal(answer[0].now.text.size(), kMaxText);
}

// The page of an error is a line of text too.
void it_is_taken_only_where_asked_for(void**)
{
    Answer answer("Artist - Title");
    assert_false(answer.reports.ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_artist_and_title),
        cmocka_unit_test(a_title_may_begin_like_something_else),
        cmocka_unit_test(an_empty_line_is_no_title),
        cmocka_unit_test(bytes_of_another_character_set_are_mended),
        cmocka_unit_test(a_file_of_windows_is_read),
        cmocka_unit_test(several_lines_are_not_guessed_at),
        cmocka_unit_test(a_page_or_another_document_is_no_line),
        cmocka_unit_test(a_line_has_a_bound),
        cmocka_unit_test(it_is_taken_only_where_asked_for),
    };
    open_charsets();
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
