#include <string>

#include "unit/cmocka.h"

#include "base/utf8.h"
#include "encoder/json.h"
#include "written.h"

using namespace onair;
using namespace onair::encoder;

namespace {

std::string quoted(std::string_view text)
{
    return written([text](Writer& out) { write_string(out, text); });
}

void plain_text_and_utf8_stay_as_they_are(void**)
{
    assert_string_equal(quoted("").c_str(), "\"\"");
    assert_string_equal(quoted("A & B > C / 'x' \x7f").c_str(),
                        "\"A & B > C / 'x' \x7f\"");
    assert_string_equal(quoted("café 日本 🎵").c_str(), "\"café 日本 🎵\"");
    assert_string_equal(quoted("\u2028\u2029").c_str(), "\"\u2028\u2029\"");
}

void what_ends_a_string_is_escaped(void**)
{
    assert_string_equal(quoted("a\"b\\c").c_str(), "\"a\\\"b\\\\c\"");
    assert_string_equal(quoted("\n\r\t").c_str(), "\"\\n\\r\\t\"");
    assert_string_equal(quoted(std::string("\0\x01\x1f", 3)).c_str(),
                        "\"\\u0000\\u0001\\u001f\"");
}

void a_title_cannot_end_the_script_of_a_page(void**)
{
    std::string out = quoted("</script><!--");
    assert_string_equal(out.c_str(), "\"\\u003c/script>\\u003c!--\"");
}

void each_byte_that_is_not_utf8_becomes_one_replacement(void**)
{
    assert_string_equal(quoted("a\xff\x80z").c_str(), "\"a\ufffd\ufffdz\"");
    // A character that ends early, an overlong one, half of a pair.
    assert_string_equal(quoted("\xe2\x82").c_str(), "\"\ufffd\ufffd\"");
    assert_string_equal(quoted("\xc0\xaf").c_str(), "\"\ufffd\ufffd\"");
    assert_string_equal(quoted("\xed\xa0\x80").c_str(),
                        "\"\ufffd\ufffd\ufffd\"");
}

void any_byte_costs_six_at_the_most(void**)
{
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            char text[] = {static_cast<char>(first), static_cast<char>(second)};
            std::string out = quoted({text, sizeof(text)});
            assert_true(out.size() <= 2 + 6 * sizeof(text));
            assert_true(is_utf8(out));
            for (char c : out) {
                assert_true(static_cast<uint8_t>(c) >= 0x20 && c != '<');
            }
        }
    }
}

void room_too_small_is_told_and_not_overrun(void**)
{
    char room[8] = "1234567";
    Writer out(std::span<char>(room, 4));
    write_string(out, "\xffxyz");
    assert_false(out.ok());
    assert_int_equal(out.size(), 8);
    assert_string_equal(room + 4, "567");
}

void what_is_unknown_is_null(void**)
{
    assert_string_equal(
        written([](Writer& out) { write_text(out, ""); }).c_str(), "null");
    assert_string_equal(
        written([](Writer& out) { write_text(out, "x"); }).c_str(), "\"x\"");
    for (int64_t unknown : {int64_t{-1}, INT64_MIN}) {
        assert_string_equal(
            written([=](Writer& out) { write_count(out, unknown); }).c_str(),
            "null");
    }
    assert_string_equal(
        written([](Writer& out) { write_count(out, 0); }).c_str(), "0");
    assert_string_equal(
        written([](Writer& out) { write_count(out, INT64_MAX); }).c_str(),
        "9223372036854775807");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_and_utf8_stay_as_they_are),
        cmocka_unit_test(what_ends_a_string_is_escaped),
        cmocka_unit_test(a_title_cannot_end_the_script_of_a_page),
        cmocka_unit_test(each_byte_that_is_not_utf8_becomes_one_replacement),
        cmocka_unit_test(any_byte_costs_six_at_the_most),
        cmocka_unit_test(room_too_small_is_told_and_not_overrun),
        cmocka_unit_test(what_is_unknown_is_null),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
