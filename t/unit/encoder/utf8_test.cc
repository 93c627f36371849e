extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include <string>

#include "encoder/utf8.h"

using namespace onair;
using namespace onair::encoder;

namespace {

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
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_judged_right),
        cmocka_unit_test(the_first_bad_byte_is_told),
        cmocka_unit_test(a_text_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
