extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include "subscriber/key.h"

using namespace onair::subscriber;

namespace {

void a_key_is_the_whole_of_it(void**)
{
    assert_true(is_key("secret", "secret"));
    assert_false(is_key("secret", "Secret"));
    assert_false(is_key("secret", "secre"));
    assert_false(is_key("secret", "secrets"));
    assert_false(is_key("secret", ""));
}

void it_may_stand_in_authorization(void**)
{
    assert_true(key_in("apikey secret") == "secret");
    assert_true(key_in(" APIKEY  secret ") == "secret");
    assert_true(key_in("Bearer secret").empty());
    assert_true(key_in("apikey").empty());
    assert_true(key_in("").empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_the_whole_of_it),
        cmocka_unit_test(it_may_stand_in_authorization),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
