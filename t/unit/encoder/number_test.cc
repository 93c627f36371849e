#include <string>

#include "unit/cmocka.h"

#include "encoder/number.h"
#include "written.h"

using namespace onair;
using namespace onair::encoder;

namespace {

void a_number_has_no_sign_and_no_zeros_before_it(void**)
{
    auto text = [](uint64_t value) {
        return written([=](Writer& out) { write_unsigned(out, value); });
    };
    assert_string_equal(text(0).c_str(), "0");
    assert_string_equal(text(1000000).c_str(), "1000000");
    assert_string_equal(text(UINT64_MAX).c_str(), "18446744073709551615");
}

void hexadecimal_is_padded_but_never_cut(void**)
{
    auto text = [](uint64_t value, size_t digits) {
        return written([=](Writer& out) { write_hex(out, value, digits); });
    };
    assert_string_equal(text(0xab, 8).c_str(), "000000ab");
    assert_string_equal(text(0, 4).c_str(), "0000");
    assert_string_equal(text(0x12345, 4).c_str(), "12345");
    assert_string_equal(text(UINT64_MAX, 16).c_str(), "ffffffffffffffff");
}

void seconds_have_three_decimals(void**)
{
    auto text = [](int64_t ms) {
        return written([=](Writer& out) { write_seconds(out, ms); });
    };
    assert_string_equal(text(0).c_str(), "0.000");
    assert_string_equal(text(7).c_str(), "0.007");
    assert_string_equal(text(999).c_str(), "0.999");
    assert_string_equal(text(1760000030120).c_str(), "1760000030.120");
    assert_string_equal(text(INT64_MAX).c_str(), "9223372036854775.807");
}

void a_time_before_1970_is_1970(void**)
{
    auto text = [](int64_t ms) {
        return written([=](Writer& out) { write_seconds(out, ms); });
    };
    assert_string_equal(text(-1).c_str(), "0.000");
    assert_string_equal(text(INT64_MIN).c_str(), "0.000");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_number_has_no_sign_and_no_zeros_before_it),
        cmocka_unit_test(hexadecimal_is_padded_but_never_cut),
        cmocka_unit_test(seconds_have_three_decimals),
        cmocka_unit_test(a_time_before_1970_is_1970),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
