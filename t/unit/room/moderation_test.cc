// What moderators and the operator do.
#include "room/talk.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

Verdict order_by(Rig& rig, const Speaker& who, std::string_view text)
{
    return room::moderate(rig.floor(), who, rig.command(text));
}

void deletions_reach_the_history_and_the_screens(void**)
{
    Rig rig;
    rig.rules.presence = 0;
    Speaker mod = rig.speaker("M", Role::kModerator);
    Speaker anna = rig.speaker("Anna");
    for (int i = 0; i < 3; i++) {
        rig.say(anna, R"({"say":1})");
        rig.next();
    }
    assert_true(order_by(rig, mod, R"({"delete":[1,3,99]})").ok());
    Message m = rig.next();
    assert_true(m.kind == Kind::kDeleted && m.said == "[1,3]");
    assert_int_equal(rig.kept().size(), 1);
    assert_true(order_by(rig, mod, R"({"delete":[99]})").refusal ==
                Refusal::kNothingThere);
    rig.say(mod, R"({"say":2})");
    rig.next();
    std::string all =
        R"({"delete_from":")" + std::string(anna.member.id) + "\"}";
    assert_true(order_by(rig, mod, all).ok());
    m = rig.next();
    assert_true(m.kind == Kind::kDeleted && m.from_id == anna.member.id);
    assert_int_equal(rig.kept().size(), 1);
    assert_true(order_by(rig, mod, R"({"clear":true})").ok());
    assert_true(rig.next().kind == Kind::kCleared);
    assert_int_equal(rig.kept().size(), 0);
    assert_true(rig.say(anna, R"({"say":3})").ok());
    assert_int_equal(rig.kept().size(), 1);
}

void the_banned_and_the_muted_are_kept_out_for_their_time(void**)
{
    Rig rig;
    rig.address = 4711;
    Speaker anna = rig.speaker("Anna");
    rig.address = 4712;
    Speaker mod = rig.speaker("M", Role::kModerator);
    std::string id(anna.member.id);
    assert_true(
        order_by(rig, mod, R"({"mute":")" + id + R"(","for":10})").ok());
    Verdict verdict = rig.say(anna, R"({"say":1})");
    assert_true(verdict.refusal == Refusal::kMuted);
    assert_int_equal(verdict.wait_ms, 10000);
    rig.pass(10000);
    assert_true(rig.say(anna, R"({"say":1})").ok());
    rig.next();
    while (rig.next().seq != 0) {
    }
    assert_true(order_by(rig, mod, R"({"ban":")" + id + R"(","for":60})").ok());
    Message m = rig.next();
    assert_true(m.kind == Kind::kClose && m.from_id == id &&
                m.type == "banned");
    rig.address = 4711;  // another id from the same address
    assert_true(rig.enter("X").verdict.refusal == Refusal::kBanned);
    rig.address = 1;
    assert_true(rig.enter("X", Role::kParticipant, 0, id).verdict.refusal ==
                Refusal::kBanned);
    rig.where = "jazz";
    rig.address = 4711;
    assert_true(rig.enter("X").verdict.ok());
    rig.where = "rock";
    assert_true(order_by(rig, mod, R"({"unban":")" + id + "\"}").ok());
    assert_true(rig.enter("X").verdict.ok());
    assert_true(order_by(rig, mod, R"({"unban":"never"})").refusal ==
                Refusal::kNothingThere);
}

void only_moderators_moderate_and_nobody_touches_a_host(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    Speaker mod = rig.speaker("M", Role::kModerator);
    Speaker host = rig.speaker("H", Role::kHost);
    assert_true(order_by(rig, anna, R"({"clear":true})").refusal ==
                Refusal::kNotModerator);
    std::string ban = R"({"ban":")" + std::string(host.member.id) + "\"}";
    assert_true(order_by(rig, mod, ban).refusal == Refusal::kAboveYou);
    assert_true(order_by(rig, Speaker(), ban).ok());
}

void modes_are_set_one_by_one_and_told(void**)
{
    Rig rig;
    Speaker mod = rig.speaker("M", Role::kModerator);
    rig.next();
    order_by(rig, mod, R"({"modes":{"slow":5}})");
    order_by(rig, mod, R"({"modes":{"who":"members"}})");
    Modes modes = rig.room().modes();
    assert_true(modes.slow_ms == 5000 && modes.who == Who::kMembers);
    assert_true(rig.next().kind == Kind::kModes);
    Message m = rig.next();
    assert_true(m.said ==
                R"({"slow":5,"who":"members","unique":false,"closed":false})");
}

void all_of_whom_a_host_stands_above_may_be_moderated(void**)
{
    Rig rig;
    Speaker mod = rig.speaker("M", Role::kModerator);
    Speaker host = rig.speaker("H", Role::kHost);
    Speaker second = rig.speaker("H2", Role::kHost);
    std::string id(host.member.id);
    for (std::string_view verb : {"ban", "mute", "delete_from"}) {
        std::string order = "{\"" + std::string(verb) + "\":\"" + id + "\"}";
        assert_true(order_by(rig, mod, order).refusal == Refusal::kAboveYou);
        assert_true(order_by(rig, second, order).ok());
    }
    std::string ban = R"({"ban":")" + std::string(mod.member.id) + "\"}";
    assert_true(order_by(rig, host, ban).ok());
}

void a_mute_is_lifted_before_its_time(void**)
{
    Rig rig;
    Speaker mod = rig.speaker("M", Role::kModerator);
    Speaker anna = rig.speaker("Anna");
    std::string id(anna.member.id);
    assert_true(
        order_by(rig, mod, R"({"mute":")" + id + R"(","for":10})").ok());
    assert_true(rig.say(anna, R"({"say":1})").refusal == Refusal::kMuted);
    assert_true(order_by(rig, mod, R"({"unban":")" + id + "\"}").refusal ==
                Refusal::kNothingThere);
    assert_true(order_by(rig, mod, R"({"unmute":")" + id + "\"}").ok());
    assert_true(rig.say(anna, R"({"say":1})").ok());
    assert_true(order_by(rig, mod, R"({"unmute":")" + id + "\"}").refusal ==
                Refusal::kNothingThere);
}

void one_who_is_not_there_is_banned_by_the_id_alone(void**)
{
    Rig rig;
    Speaker mod = rig.speaker("M", Role::kModerator);
    rig.address = 4711;
    assert_true(order_by(rig, mod, R"({"ban":"gone","for":60})").ok());
    assert_true(rig.enter("X").verdict.ok());
    assert_true(rig.enter("X", Role::kParticipant, 0, "gone").verdict.refusal ==
                Refusal::kBanned);
    rig.pass(60000);
    assert_true(rig.enter("X", Role::kParticipant, 0, "gone").verdict.ok());
}

void what_is_no_order_is_refused(void**)
{
    Rig rig;
    Speaker mod = rig.speaker("M", Role::kModerator);
    assert_true(order_by(rig, mod, R"({"say":1})").refusal ==
                Refusal::kNothingThere);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(deletions_reach_the_history_and_the_screens),
        cmocka_unit_test(the_banned_and_the_muted_are_kept_out_for_their_time),
        cmocka_unit_test(only_moderators_moderate_and_nobody_touches_a_host),
        cmocka_unit_test(modes_are_set_one_by_one_and_told),
        cmocka_unit_test(all_of_whom_a_host_stands_above_may_be_moderated),
        cmocka_unit_test(a_mute_is_lifted_before_its_time),
        cmocka_unit_test(one_who_is_not_there_is_banned_by_the_id_alone),
        cmocka_unit_test(what_is_no_order_is_refused),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
