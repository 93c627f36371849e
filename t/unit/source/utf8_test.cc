#include <string>

// After the library: cmocka has macros that its headers would meet.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include "source/utf8.h"

using namespace onair;
using namespace onair::source;

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

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_character_comes_back_as_it_was),
        cmocka_unit_test(what_is_not_utf8_is_no_character),
        cmocka_unit_test(a_character_cut_off_is_known_as_such),
        cmocka_unit_test(a_whole_text_is_checked_to_its_end),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
