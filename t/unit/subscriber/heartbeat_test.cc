#include "unit/cmocka.h"

#include "subscriber/heartbeat.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

constexpr HeartbeatRule kAnswers = {25000, 60000};
constexpr HeartbeatRule kMute = {25000, 0};

void expect(const Heartbeat& got, Beat beat, Ticks due)
{
    assert_true(got.beat == beat);
    assert_int_equal(got.due, due);
}

void a_fresh_subscriber_is_asked_after_the_interval(void**)
{
    expect(heartbeat(kAnswers, 1000, 1000, 1000), Beat::kNothing, 26000);
    expect(heartbeat(kMute, 1000, 1000, 1000), Beat::kNothing, 26000);
}

void a_quiet_subscriber_is_asked(void**)
{
    expect(heartbeat(kAnswers, 26000, 1000, 1000), Beat::kSend, 51000);
    expect(heartbeat(kAnswers, 25999, 1000, 1000), Beat::kNothing, 26000);
    expect(heartbeat(kMute, 26000, 1000, 1000), Beat::kSend, 51000);
}

void one_that_does_not_answer_is_given_up(void**)
{
    expect(heartbeat(kAnswers, 51000, 1000, 26000), Beat::kSend, 61000);
    expect(heartbeat(kAnswers, 60999, 1000, 51000), Beat::kNothing, 61000);
    expect(heartbeat(kAnswers, 61000, 1000, 51000), Beat::kDead, 0);
}

void nobody_is_given_up_unasked(void**)
{
    // Last heard long ago, and pinged before that: by then, or at the start.
    expect(heartbeat(kAnswers, 71000, 1000, 1000), Beat::kSend, 96000);
    expect(heartbeat(kAnswers, 71000, 1000, 500), Beat::kSend, 96000);
    expect(heartbeat({40000, 60000}, 71000, 1000, 500), Beat::kSend, 91000);
    expect(heartbeat(kAnswers, 96000, 1000, 71000), Beat::kDead, 0);
    expect(heartbeat(kAnswers, 96000, 72000, 71000), Beat::kNothing, 97000);
}

void an_answer_puts_off_both(void**)
{
    expect(heartbeat(kAnswers, 26100, 26050, 26000), Beat::kNothing, 51050);
    expect(heartbeat(kAnswers, 51000, 50000, 1000), Beat::kNothing, 75000);
}

void one_that_cannot_answer_is_never_given_up(void**)
{
    expect(heartbeat(kMute, 1000000, 0, 999000), Beat::kNothing, 1024000);
    expect(heartbeat(kMute, 1000000, 999999, 0), Beat::kSend, 1025000);
}

void heartbeats_can_be_off(void**)
{
    expect(heartbeat({0, 0}, 1000000, 0, 0), Beat::kNothing, 0);
    expect(heartbeat({0, 60000}, 59999, 0, 0), Beat::kNothing, 60000);
    expect(heartbeat({0, 60000}, 60000, 0, 0), Beat::kDead, 0);
}

void a_clock_that_goes_back_kills_nobody(void**)
{
    expect(heartbeat(kAnswers, 1000, 90000, 90000), Beat::kNothing, 26000);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_fresh_subscriber_is_asked_after_the_interval),
        cmocka_unit_test(a_quiet_subscriber_is_asked),
        cmocka_unit_test(one_that_does_not_answer_is_given_up),
        cmocka_unit_test(nobody_is_given_up_unasked),
        cmocka_unit_test(an_answer_puts_off_both),
        cmocka_unit_test(one_that_cannot_answer_is_never_given_up),
        cmocka_unit_test(heartbeats_can_be_off),
        cmocka_unit_test(a_clock_that_goes_back_kills_nobody),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
