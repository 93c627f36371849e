#include <string>
#include <vector>

// After the library: cmocka has macros that its headers would meet.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

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
        cmocka_unit_test(a_path_is_checked_once),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
