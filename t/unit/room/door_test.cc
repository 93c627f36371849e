// Who comes in: what another connection of one member gains by it.
#include "room/token.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

Speaker speaker_of(const Entered& in)
{
    assert_true(in.verdict.ok());
    return {in.member, in.entry};
}

void a_second_connection_is_as_slow_as_the_first(void**)
{
    Rig rig;
    rig.rules.slow_ms = 5000;
    Speaker first =
        speaker_of(rig.enter("Anna", Role::kParticipant, 0, "anna"));
    assert_true(rig.say(first, R"({"say":1})").ok());
    // On another worker too.
    for (size_t place : {0u, 1u}) {
        Entered in = rig.enter("Anna", Role::kParticipant, place, "anna");
        Verdict verdict = rig.say(speaker_of(in), R"({"say":2})");
        assert_true(verdict.refusal == Refusal::kSlow);
        assert_int_equal(verdict.wait_ms, 5000);
    }
    rig.pass(5000);
    Speaker second =
        speaker_of(rig.enter("Anna", Role::kParticipant, 1, "anna"));
    assert_true(rig.say(second, R"({"say":3})").ok());
    // Somebody else is not slowed down by her.
    assert_true(rig.say(rig.speaker("Boris"), R"({"say":4})").ok());
}

void who_comes_in_again_has_spent_what_was_spent(void**)
{
    Rig rig;
    rig.rules.rate = {1, 3};
    Speaker first =
        speaker_of(rig.enter("Anna", Role::kParticipant, 0, "anna"));
    for (int i = 0; i < 3; i++) {
        assert_true(rig.say(first, R"({"say":1})").ok());
    }
    Speaker second =
        speaker_of(rig.enter("Anna", Role::kParticipant, 0, "anna"));
    assert_true(rig.say(second, R"({"say":1})").refusal == Refusal::kRate);
    // Nor by leaving for a moment.
    leave(rig.floor(), first, false, rig.rules);
    leave(rig.floor(), second, false, rig.rules);
    Entered back = rig.enter("Anna", Role::kParticipant, 0, "anna");
    assert_true(back.back);
    assert_true(rig.say(speaker_of(back), R"({"say":1})").refusal ==
                Refusal::kRate);
}

void a_token_brings_the_time_along(void**)
{
    Rig rig;
    rig.rules.slow_ms = 5000;
    Speaker first = rig.speaker("Anna");
    assert_true(rig.say(first, R"({"say":1})").ok());
    uint8_t secret[kSecretSize];
    rig.rooms.read_secret(secret);
    char out[kMaxToken];
    std::string token(write_token(secret, rig.where, first.member.id, out));
    Entered again = rig.enter("Anna", Role::kParticipant, 1, {}, token);
    assert_true(again.member.id == first.member.id);
    assert_true(rig.say(speaker_of(again), R"({"say":2})").refusal ==
                Refusal::kSlow);
}

// Leaving for good ends what was kept of a member; the id that comes is
// another.
void who_left_for_good_is_somebody_new(void**)
{
    Rig rig;
    Speaker first = rig.speaker("Anna");
    leave(rig.floor(), first, true, rig.rules);
    Speaker second = rig.speaker("Anna");
    assert_true(first.member.id != second.member.id);
    assert_int_equal(rig.room().counts().members(), 1);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_second_connection_is_as_slow_as_the_first),
        cmocka_unit_test(who_comes_in_again_has_spent_what_was_spent),
        cmocka_unit_test(a_token_brings_the_time_along),
        cmocka_unit_test(who_left_for_good_is_somebody_new),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
