#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/json_path.h"
#include "source/scalar.h"
#include "source/source.h"

using namespace onair;
using namespace onair::source;

namespace {

void times_are_read_in_every_form(void**)
{
    for (const char* text :
         {"2026-11-21T19:29:12+0000", "2026-11-21T19:29:12Z",
          "2026-11-21 20:29:12+01:00", "Sat, 21 Nov 2026 19:29:12 +0000",
          "2026/11/21 14:29:12 -0500", "1795289352", "1795289352000",
          " 1795289352.000 "}) {
        assert_int_equal(time_of(text), 1795289352000);
    }
    assert_int_equal(time_of("2026-11-21 19:29:12.25", 0), 1795289352250);
    assert_int_equal(time_of("2024-02-29T00:00:00Z"), 1709164800000);
    for (const char* bad : {"", "x", "2026-11-21 19:29:12", "2026-13-01T00:00Z",
                            "0", "-5", "2026-11-21T19:29:12+0000 x"}) {
        assert_int_equal(time_of(bad), kNoTime);
    }
}

void numbers_are_read_or_unknown(void**)
{
    assert_int_equal(count_of(" 12 "), 12);
    assert_int_equal(count_of("12.0"), 12);
    assert_int_equal(count_of("-1"), -1);
    assert_int_equal(count_of("99999999999999999999"), -1);
    assert_int_equal(bitrate_of("128 kbps"), 128);
    assert_int_equal(bitrate_of("128000"), 128);
    assert_int_equal(bitrate_of("0"), -1);
    assert_int_equal(duration_of("1:02:03"), 3723000);
    assert_int_equal(duration_of("200.5"), 200500);
    assert_int_equal(duration_of("0"), -1);
    assert_true(truth_of("live") && !truth_of("Offline") && !truth_of(" "));
}

void a_number_is_read_whole_or_not_at_all(void**)
{
    for (const char* bad :
         {"1,234", "1 234", "1.234,5", "1'234", "0x10", "12 listeners", "5.",
          ".5", "1e", "1e+", "12x", "1e-3", "2.5", "1e300", "9007199254740993",
          "1.00000000000000000001", "+5", "--1", "\u0661"}) {
        assert_int_equal(count_of(bad), -1);
    }
    for (const char* bad : {"1,5", "0x10", "3:75", "3:25x", "3m", "1e", "1e12",
                            "99999999:00:00", "1:2:3:4"}) {
        assert_int_equal(duration_of(bad), -1);
    }
    for (const char* bad :
         {"128,128", "0x80", "128 km", "128/", "1e-1", "VBR 3"}) {
        assert_int_equal(bitrate_of(bad), -1);
    }
    for (const char* bad :
         {"1,795,289,352", "1795289352x", "1e300", "0x6b000000", "1e-9",
          "2026-02-30T00:00:00Z", "2026-11-21T25:00:00Z",
          "2026-11-21T19:61:00Z", "2026-11-21T19:29:12+9900",
          "1970-01-01T00:00:00+1500", "Sat, 31 Nov 2026 19:29:12 +0000"}) {
        assert_int_equal(time_of(bad), kNoTime);
    }
}

void exponents_are_read(void**)
{
    const struct {
        const char* text;
        int64_t count;
    } rows[] = {
        {"1e3", 1000},
        {"2.5E2", 250},
        {"1.5e+3", 1500},
        {"300e-2", 3},
        {"0e99", 0},
        {"-0", 0},
        {"-0.0e5", 0},
        {"1.20e1", 12},
        {"0.00012e5", 12},
        {"12000000000000000000000e-21", 12},
        {"9007199254740992", 1LL << 53},
        {"0e-99999999999999999999", 0},
        {"007", 7},
    };
    for (const auto& row : rows) {
        assert_int_equal(count_of(row.text), row.count);
    }
    assert_int_equal(bitrate_of("1.28e2"), 128);
    assert_int_equal(bitrate_of("1.28e5"), 128);
    assert_int_equal(bitrate_of("320kbit/s"), 320);
    assert_int_equal(bitrate_of("9600 bps"), 9);
    assert_int_equal(duration_of("1.8e2"), 180000);
    assert_int_equal(duration_of("2005e-1"), 200500);
    assert_int_equal(duration_of("90:00.25"), 5400250);
    assert_int_equal(time_of("1.795289352e9"), 1795289352000);
    assert_int_equal(time_of("1.795289352e12"), 1795289352000);
    assert_int_equal(time_of("1795289352.25"), 1795289352250);
    assert_true(!truth_of("0.0") && !truth_of("0e5") && truth_of("1e-9"));
    assert_true(!truth_of("00") && truth_of("0x"));
}

void a_path_is_checked_once(void**)
{
    for (const char* good :
         {"", "/a/0/b~1c", "/", "$", "$.a.b[0]", "$['a b']", "$[\"a\"][12]"}) {
        assert_true(check_path(good).ok());
    }
    for (const char* bad : {"a", "/a~2", "$.", "$.a[", "$.a[x]", "$['a]",
                            "$..a", "$.*", "$[01]", "$a"}) {
        assert_int_equal(check_path(bad).fault(), Fault::kBadPath);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_in_every_form),
        cmocka_unit_test(numbers_are_read_or_unknown),
        cmocka_unit_test(a_number_is_read_whole_or_not_at_all),
        cmocka_unit_test(exponents_are_read),
        cmocka_unit_test(a_path_is_checked_once),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
