
#include "unit/cmocka.h"

#include "source/path_watch.h"

using namespace onair;
using onair::source::PathsLed;
using onair::source::PathWatch;

namespace {

void a_path_is_told_once_after_the_first_answers(void**)
{
    PathWatch watch;
    PathsLed led;
    led.nowhere = 5;
    led.somewhere = 2;
    assert_int_equal(watch.hear(led), 0);
    assert_int_equal(watch.hear(led), 0);
    assert_int_equal(watch.astray(), 0);
    assert_int_equal(watch.hear(led), 5);
    assert_int_equal(watch.astray(), 5);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(watch.hear(led), 0);
    }
    assert_int_equal(watch.astray(), 5);
}

void a_path_that_led_somewhere_once_is_good(void**)
{
    PathWatch watch;
    PathsLed there;
    there.somewhere = 1;
    PathsLed gone;
    gone.nowhere = 1;
    watch.hear(gone);
    watch.hear(there);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(watch.hear(gone), 0);
    }
    assert_int_equal(watch.astray(), 0);
}

void a_mark_goes_when_the_path_leads_somewhere(void**)
{
    PathWatch watch;
    PathsLed gone;
    gone.nowhere = 1;
    for (int i = 0; i < 3; i++) {
        watch.hear(gone);
    }
    assert_int_equal(watch.astray(), 1);
    PathsLed there;
    there.somewhere = 1;
    assert_int_equal(watch.hear(there), 0);
    assert_int_equal(watch.astray(), 0);
}

// Nothing is said of the tracks of a station that is off air.
void answers_that_say_nothing_of_a_path_do_not_count(void**)
{
    PathWatch watch;
    PathsLed gone;
    gone.nowhere = 1;
    watch.hear(gone);
    watch.hear(PathsLed());
    watch.hear(PathsLed());
    watch.hear(gone);
    assert_int_equal(watch.astray(), 0);
    assert_int_equal(watch.hear(gone), 1);
}

void an_object_at_the_end_is_told_apart(void**)
{
    PathWatch watch;
    PathsLed led;
    led.to_several = 1 << 8;
    led.nowhere = 1;
    for (int i = 0; i < 3; i++) {
        watch.hear(led);
    }
    assert_int_equal(watch.astray(), 0x101);
    assert_int_equal(watch.to_several(), 0x100);
    led.to_several = 0;
    led.nowhere = 0x101;
    watch.hear(led);
    assert_int_equal(watch.to_several(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_told_once_after_the_first_answers),
        cmocka_unit_test(a_path_that_led_somewhere_once_is_good),
        cmocka_unit_test(a_mark_goes_when_the_path_leads_somewhere),
        cmocka_unit_test(answers_that_say_nothing_of_a_path_do_not_count),
        cmocka_unit_test(an_object_at_the_end_is_told_apart),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
