#include <string>

#include "unit/cmocka.h"

#include "base/utf8.h"

using namespace onair;

namespace {

std::string utf8(char32_t code)
{
    char room[4];
    Writer out(room);
    put_utf8(out, code);
    assert_true(out.ok());
    return std::string(out.view());
}

void every_character_comes_back_as_it_was(void**)
{
    for (char32_t code = 0; code <= 0x10ffff; code++) {
        if (code == 0xd800) {
            code = 0xe000;
        }
        std::string text = utf8(code);
        Utf8Char read = first_char(text + "x");
        assert_int_equal(read.code, code);
        assert_int_equal(read.size, text.size());
        assert_int_equal(utf8_size(code), text.size());
        assert_false(read.cut);
    }
}

void what_is_not_utf8_is_no_character(void**)
{
    for (const char* bad :
         {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf",
          "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x28",
          "\xe2\x82(", "\xf0\x9f\x8e("}) {
        Utf8Char read = first_char(bad);
        assert_int_equal(read.size, 0);
        assert_false(read.cut);
        assert_false(is_utf8(std::string("ok ") + bad));
    }
}

void a_character_cut_off_is_known_as_such(void**)
{
    for (const char* whole : {"\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x8e\xb5"}) {
        std::string text = whole;
        assert_true(is_utf8(text));
        for (size_t size = 1; size < text.size(); size++) {
            Utf8Char read = first_char(text.substr(0, size));
            assert_int_equal(read.size, 0);
            assert_true(read.cut);
            assert_false(is_utf8(text.substr(0, size)));
        }
    }
    // What is wrong already will not be mended by more bytes.
    assert_false(first_char("\xe0\x80").cut);
    assert_false(first_char("\xf4\x90").cut);
}

void a_whole_text_is_checked_to_its_end(void**)
{
    assert_true(is_utf8(""));
    assert_true(is_utf8(std::string("\0", 1)));
    assert_true(is_utf8("café 日本 🎵"));
    assert_false(is_utf8("café\xe9"));
    assert_false(is_utf8("\xe9 café"));
}

// Written from the definition, not from the code under test.
std::string encode(uint32_t point, size_t size)
{
    std::string out(size, 0);
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = static_cast<char>(0x80 | (point & 0x3f));
        point >>= 6;
    }
    const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = static_cast<char>(leads[size] | point);
    return out;
}

size_t shortest(uint32_t point)
{
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

void every_code_point_is_judged_right(void**)
{
    for (uint32_t point = 0; point < 0x1fffff; point++) {
        for (size_t size = shortest(point); size <= 4; size++) {
            bool want = size == shortest(point) && point <= 0x10ffff &&
                        (point < 0xd800 || point > 0xdfff);
            Utf8 utf8;
            std::string text = encode(point, size);
            if ((utf8.take(bytes_of(text)) && utf8.complete()) != want) {
                fail_msg("U+%x in %zu bytes", point, size);
            }
        }
    }
}

void the_first_bad_byte_is_told(void**)
{
    Utf8 utf8;
    assert_int_equal(utf8.good(bytes_of("0123456789abcdef\xff")), 16);
    utf8.reset();
    assert_int_equal(utf8.good(bytes_of("a\xe2\x82(")), 3);
    utf8.reset();
    assert_true(utf8.take(bytes_of("a\xe2")));
    assert_false(utf8.complete());
    assert_true(
        utf8.take(bytes_of("\x82\xac"
                           "b")));
    assert_true(utf8.complete());
}

void a_text_is_cut_between_characters(void**)
{
    assert_true(cut("ab\xe2\x82\xac", 5) == "ab\xe2\x82\xac");
    assert_true(cut("ab\xe2\x82\xac", 4) == "ab");
    assert_true(cut("ab\xe2\x82\xac", 3) == "ab");
    assert_true(cut("ab\xe2\x82\xac", 2) == "ab");
    assert_true(cut("\x82\x82\x82", 2).empty());
    assert_true(cut("", 0).empty());
    assert_true(cut("abc", 3) == "abc" && cut("abc", 0).empty());
    std::string_view text = "é日🎵";
    for (size_t most = 0; most <= text.size(); most++) {
        std::string_view front = cut(text, most);
        assert_true(front.size() <= most && most - front.size() < 4);
        assert_true(is_utf8(front));
    }
    assert_true(cut(text, 2) == "é" && cut(text, 4) == "é");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_character_comes_back_as_it_was),
        cmocka_unit_test(what_is_not_utf8_is_no_character),
        cmocka_unit_test(a_character_cut_off_is_known_as_such),
        cmocka_unit_test(a_whole_text_is_checked_to_its_end),
        cmocka_unit_test(every_code_point_is_judged_right),
        cmocka_unit_test(the_first_bad_byte_is_told),
        cmocka_unit_test(a_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
