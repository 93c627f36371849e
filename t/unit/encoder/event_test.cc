#include <string>

#include "unit/cmocka.h"

#include "encoder/event.h"

using namespace onair;
using namespace onair::encoder;

namespace {

std::string event(std::string_view id, std::string_view name,
                  std::string_view text)
{
    char out[256];
    Writer writer(out);
    write_event(writer, id, name, text);
    assert_true(writer.ok());
    return std::string(writer.view());
}

std::string chunk(std::string_view body)
{
    char out[512];
    Writer writer(out);
    write_chunk(writer, body);
    assert_true(writer.ok());
    return std::string(writer.view());
}

void an_event_has_id_and_data(void**)
{
    assert_string_equal(event("68f0a1c2:42", "", "{}").c_str(),
                        "id: 68f0a1c2:42\ndata: {}\n\n");
    assert_string_equal(event("1:2", "rock", "x").c_str(),
                        "id: 1:2\nevent: rock\ndata: x\n\n");
}

void an_event_without_id_leaves_the_last_one_in_force(void**)
{
    assert_string_equal(event("", "", "x").c_str(), "data: x\n\n");
}

void line_breaks_in_data_become_lines_of_data(void**)
{
    assert_string_equal(event("", "", "a\nb\r\nc\rd").c_str(),
                        "data: a\ndata: b\ndata: c\ndata: d\n\n");
    assert_string_equal(event("", "", "\n\nid: evil").c_str(),
                        "data: \ndata: \ndata: id: evil\n\n");
    assert_string_equal(event("", "", "a\n").c_str(), "data: a\ndata: \n\n");
    assert_string_equal(event("", "", "").c_str(), "data: \n\n");
}

void line_breaks_in_id_and_name_are_left_out(void**)
{
    assert_string_equal(event("1\n2", "a\r\nb", "x").c_str(),
                        "id: 12\nevent: ab\ndata: x\n\n");
    assert_string_equal(event(std::string_view("1\0"
                                               "2",
                                               3),
                              "", "x")
                            .c_str(),
                        "id: 12\ndata: x\n\n");
}

void retry_and_comment_are_lines(void**)
{
    char out[64];
    Writer writer(out);
    write_retry(writer, 2500);
    write_comment(writer);
    assert_true(writer.view() == "retry: 2500\n:\n");
}

void a_chunk_tells_its_size_in_hexadecimal(void**)
{
    assert_string_equal(chunk("abc").c_str(), "3\r\nabc\r\n");
    std::string long_one(300, 'x');
    assert_string_equal(chunk(long_one).c_str(),
                        ("12c\r\n" + long_one + "\r\n").c_str());
}

void an_empty_chunk_is_not_written_as_it_would_be_the_last(void**)
{
    assert_string_equal(chunk("").c_str(), "");
    assert_true(last_chunk() == "0\r\n\r\n");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_event_has_id_and_data),
        cmocka_unit_test(an_event_without_id_leaves_the_last_one_in_force),
        cmocka_unit_test(line_breaks_in_data_become_lines_of_data),
        cmocka_unit_test(line_breaks_in_id_and_name_are_left_out),
        cmocka_unit_test(retry_and_comment_are_lines),
        cmocka_unit_test(a_chunk_tells_its_size_in_hexadecimal),
        cmocka_unit_test(an_empty_chunk_is_not_written_as_it_would_be_the_last),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
