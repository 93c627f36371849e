// Entering, saying and leaving, as the rules have it.
#include "room/talk.h"

#include "room/token.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

void what_is_said_is_numbered_kept_and_told(void**)
{
    Rig rig;
    rig.rules.presence = 0;
    Speaker anna = rig.speaker("Anna", Role::kHost);
    Verdict verdict = rig.say(anna, R"({"say":{"text":"hi"}})");
    assert_true(verdict.ok());
    assert_int_equal(verdict.seq, 1);
    Message m = rig.next();
    assert_int_equal(m.seq, 1);
    assert_true(m.kind == Kind::kMessage && m.said == R"({"text":"hi"})" &&
                m.from_id == anna.member.id && m.from_name == "Anna" &&
                m.role == Role::kHost && m.time == rig.now.unix_ms &&
                m.epoch == rig.room().epoch());
    assert_int_equal(rig.kept().size(), 1);
}

void the_same_ref_is_answered_and_not_said_twice(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    Speaker bert = rig.speaker("Bert");
    uint64_t first = rig.say(anna, R"({"say":1,"ref":"a"})").seq;
    assert_int_equal(rig.say(anna, R"({"say":1,"ref":"a"})").seq, first);
    assert_int_equal(rig.say(anna, R"({"say":1,"ref":"b"})").seq, first + 1);
    assert_int_equal(rig.say(anna, R"({"say":1,"ref":"a"})").seq, first);
    assert_int_equal(rig.say(bert, R"({"say":1,"ref":"a"})").seq, first + 2);
    assert_int_equal(rig.say(anna, R"({"say":1})").seq, first + 3);
    assert_int_equal(rig.kept().size(), 4);
}

void slow_mode_and_rate_say_how_long_to_wait(void**)
{
    Rig rig;
    rig.rules.slow_ms = 5000;
    Speaker anna = rig.speaker("Anna");
    assert_true(rig.say(anna, R"({"say":1})").ok());
    rig.pass(1500);
    Verdict verdict = rig.say(anna, R"({"say":1})");
    assert_true(verdict.refusal == Refusal::kSlow);
    assert_int_equal(verdict.wait_ms, 3500);
    rig.pass(verdict.wait_ms);
    assert_true(rig.say(anna, R"({"say":1})").ok());
    Speaker boss = rig.speaker("Boss", Role::kModerator);
    rig.rules.rate = {2, 3};
    for (int i = 0; i < 3; i++) {
        assert_true(rig.say(boss, R"({"say":1})").ok());
    }
    verdict = rig.say(boss, R"({"say":1})");
    assert_true(verdict.refusal == Refusal::kRate);
    assert_int_equal(verdict.wait_ms, 500);
    rig.pass(verdict.wait_ms);
    assert_true(rig.say(boss, R"({"say":1})").ok());
}

void what_is_long_counts_as_several(void**)
{
    Rig rig;
    rig.rules.rate = {2, 2};
    Speaker anna = rig.speaker("Anna");
    auto say = [&](size_t size) {
        return rig.say(anna, R"({"say":")" + std::string(size, 'x') + "\"}");
    };
    assert_true(say(kSaidAtOnce).ok());  // with its quotes two
    assert_int_equal(say(1).wait_ms, 500);
    rig.pass(500);
    assert_true(say(kSaidAtOnce - 2).ok());
    // More than there can be of them at once can still be said.
    Verdict verdict = say(3 * kSaidAtOnce);
    assert_true(verdict.refusal == Refusal::kRate);
    assert_int_equal(verdict.wait_ms, 1000);
    rig.pass(verdict.wait_ms);
    assert_true(say(3 * kSaidAtOnce).ok());
}

void a_member_is_addressed_only_where_there_is_one(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    assert_true(rig.say(anna, R"({"say":1,"to":"nobody"})").refusal ==
                Refusal::kUnknownMember);
    std::string text =
        R"({"say":1,"to":")" + std::string(anna.member.id) + "\"}";
    assert_true(rig.say(anna, text).ok());
}

void modes_say_who_may(void**)
{
    Rig rig;
    Speaker viewer = rig.speaker("V", Role::kViewer);
    Speaker guest = rig.speaker("G");
    Entered in = rig.enter("K", Role::kParticipant, 0, "known");
    Speaker known = {in.member, in.entry};
    Speaker mod = rig.speaker("M", Role::kModerator);
    auto set = [&rig](Who who) {
        Modes modes;
        modes.who = who;
        rig.room().set_modes(modes);
    };
    auto may = [&rig](const Speaker& who) {
        return rig.say(who, R"({"say":1})").refusal;
    };
    assert_true(may(viewer) == Refusal::kViewer);
    assert_true(may(guest) == Refusal::kNone);
    set(Who::kMembers);
    assert_true(may(guest) == Refusal::kMembersOnly);
    assert_true(may(known) == Refusal::kNone);
    set(Who::kModerators);
    assert_true(may(known) == Refusal::kModeratorsOnly);
    set(Who::kNobody);
    assert_true(may(known) == Refusal::kNobody);
    assert_true(may(mod) == Refusal::kNone);
}

void unique_refuses_what_was_said_a_moment_ago(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    Speaker bert = rig.speaker("Bert");
    Modes modes;
    modes.unique = true;
    rig.room().set_modes(modes);
    assert_true(rig.say(anna, R"({"say":"first"})").ok());
    assert_true(rig.say(bert, R"({"say":"first"})").refusal ==
                Refusal::kRepeated);
    assert_true(rig.say(bert, R"({"say":"second"})").ok());
}

void a_message_longer_than_allowed_is_refused(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    rig.rules.max_said = 5;
    assert_true(rig.say(anna, R"({"say":"123"})").ok());
    assert_true(rig.say(anna, R"({"say":"1234"})").refusal ==
                Refusal::kTooLong);
    rig.rules.max_said = kMaxSaid;
    std::string most(rig.rooms.ring(0).most(), 'x');
    assert_true(rig.say(anna, "{\"say\":\"" + most + "\"}").refusal ==
                Refusal::kTooLong);
    assert_int_equal(rig.room().head().refused.load(), 2);
}

void reactions_are_counted_and_bounded(void**)
{
    Rig rig;
    std::string_view names[] = {"like", "gift"};
    Speaker viewer = rig.speaker("V", Role::kViewer);
    auto send = [&](std::string_view text) {
        return room::react(rig.floor(), viewer, rig.command(text), names,
                           rig.rules);
    };
    assert_true(send(R"({"react":"gift","n":7})").ok());
    assert_true(send(R"({"react":"gift"})").ok());
    assert_int_equal(rig.room().reactions(1), 8);
    assert_true(send(R"({"react":"bomb"})").refusal ==
                Refusal::kUnknownReaction);
    rig.rules.rate = {1, 1};
    rig.pass(100000);
    assert_true(send(R"({"react":"like"})").ok());
    assert_true(send(R"({"react":"like"})").refusal == Refusal::kRate);
    assert_int_equal(rig.room().reactions(0), 1);
}

void those_who_come_and_go_are_told_in_small_rooms(void**)
{
    Rig rig;
    rig.rules.presence = 2;
    Speaker anna = rig.speaker("Anna");
    Message m = rig.next();
    assert_true(m.kind == Kind::kEntered && m.from_id == anna.member.id);
    rig.speaker("Robot", Role::kRobot);
    assert_int_equal(rig.next().seq, 0);
    Speaker third = rig.speaker("Cleo");
    assert_int_equal(rig.next().seq, 0);
    room::leave(rig.floor(), third, true, rig.rules);
    m = rig.next();
    assert_true(m.kind == Kind::kLeft && m.from_name == "Cleo");
    assert_int_equal(rig.kept().size(), 0);
}

void one_who_breaks_off_may_come_back_unnoticed(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    rig.next();
    uint64_t seq = rig.say(anna, R"({"say":1,"ref":9})").seq;
    rig.next();
    uint8_t secret[kSecretSize];
    rig.rooms.read_secret(secret);
    char token[kMaxToken];
    std::string_view shown = write_token(secret, "rock", anna.member.id, token);
    room::leave(rig.floor(), anna, false, rig.rules);
    assert_int_equal(rig.room().counts().members(), 0);
    assert_int_equal(rig.next().seq, 0);
    Entered back = rig.enter("", Role::kParticipant, 2, {}, shown);
    assert_true(back.verdict.ok() && back.back);
    assert_true(back.member.id == anna.member.id && back.member.name == "Anna");
    assert_int_equal(rig.next().seq, 0);
    Speaker again = {back.member, back.entry};
    assert_int_equal(rig.say(again, R"({"say":1,"ref":9})").seq, seq);
    // A page whose old connection still hangs: that one is closed.
    Entered twice = rig.enter("", Role::kParticipant, 1, {}, shown);
    assert_true(twice.verdict.ok() && !twice.back);
    Message m = rig.next();
    assert_true(m.kind == Kind::kClose && m.from_id == anna.member.id &&
                m.sender == twice.member.sender);
}

void an_id_is_not_taken_without_its_token(void**)
{
    Rig rig;
    Speaker anna = rig.speaker("Anna");
    std::string forged(anna.member.id);
    for (std::string_view token :
         {std::string_view(forged), std::string_view("6d31.00"),
          std::string_view("."), std::string_view("")}) {
        Entered in = rig.enter("X", Role::kParticipant, 0, {}, token);
        assert_true(in.verdict.ok());
        assert_true(in.member.id != anna.member.id);
    }
}

void a_full_room_refuses_and_counts_nobody(void**)
{
    Rig rig;
    rig.rules.most_members = 2;
    rig.speaker("A");
    rig.speaker("B");
    assert_true(rig.enter("C").verdict.refusal == Refusal::kFull);
    assert_int_equal(rig.room().counts().members(), 2);
}

// Many come and go at once, as in a reload: who is there goes before those who
// may come back.
void the_absent_keep_nobody_out(void**)
{
    Rig rig;
    for (size_t i = 0; i < 4 * rig.rooms.members().count(); i++) {
        Speaker who = rig.speaker("A");
        rig.now.ticks++;
        room::leave(rig.floor(), who, false, rig.rules);
    }
    assert_int_equal(rig.room().counts().members(), 0);
    assert_int_equal(rig.rooms.members_full().load(), 0);
}

void who_has_two_connections_is_one_who_talks(void**)
{
    Rig rig;
    rig.rules.slow_ms = 5000;
    auto connect = [&rig] {
        Entered in = rig.enter("Anna", Role::kParticipant, 0, "anna");
        assert_true(in.verdict.ok());
        return Speaker{in.member, in.entry};
    };
    Speaker one = connect();
    Speaker two = connect();
    uint64_t seq = rig.say(one, R"({"say":1,"ref":"a"})").seq;
    assert_true(seq != 0);
    assert_true(rig.say(two, R"({"say":2})").refusal == Refusal::kSlow);
    // Sent again over the other connection, as no answer came over the first.
    assert_int_equal(rig.say(two, R"({"say":1,"ref":"a"})").seq, seq);
    // Whoever of them goes, and comes again.
    for (bool for_good : {true, false}) {
        room::leave(rig.floor(), one, for_good, rig.rules);
        assert_true(rig.say(two, R"({"say":2})").refusal == Refusal::kSlow);
        assert_int_equal(rig.say(two, R"({"say":1,"ref":"a"})").seq, seq);
        one = connect();
        assert_true(rig.say(one, R"({"say":2})").refusal == Refusal::kSlow);
        std::swap(one, two);
    }
    rig.pass(5000);
    assert_true(rig.say(one, R"({"say":2})").ok());
    assert_true(rig.say(two, R"({"say":3})").refusal == Refusal::kSlow);
}

void a_closed_room_lets_nobody_new_in(void**)
{
    Rig rig;
    Modes modes;
    modes.closed = true;
    rig.room().set_modes(modes);
    assert_true(rig.enter("A").verdict.refusal == Refusal::kClosed);
    assert_true(rig.enter("M", Role::kModerator).verdict.ok());
}

void the_operator_says_events_of_any_type(void**)
{
    Rig rig;
    assert_true(room::announce(rig.floor(),
                               rig.command(R"({"say":{"n":3},"type":"gift"})"))
                    .ok());
    Message m = rig.next();
    assert_true(m.kind == Kind::kEvent && m.type == "gift" &&
                m.from_id.empty() && m.said == R"({"n":3})");
    assert_int_equal(rig.kept().size(), 1);
    room::announce(rig.floor(), rig.command(R"({"say":"x"})"));
    assert_true(rig.next().type == "notice");
}

void only_workers_with_members_of_the_room_are_woken(void**)
{
    Rig rig;
    rig.room().count(2, Role::kViewer, 1);
    rig.room("jazz").count(3, Role::kViewer, 1);
    std::string woken;
    auto wake = [&woken](size_t place) {
        woken += std::to_string(place) + " ";
    };
    room::told(rig.floor(), wake);
    room::told(rig.floor(), wake);
    assert_string_equal(woken.c_str(), "2 ");
}

void every_refusal_has_its_sentence(void**)
{
    for (size_t i = 1; i < kRefusals; i++) {
        assert_false(describe(static_cast<Refusal>(i)).empty());
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_numbered_kept_and_told),
        cmocka_unit_test(the_same_ref_is_answered_and_not_said_twice),
        cmocka_unit_test(slow_mode_and_rate_say_how_long_to_wait),
        cmocka_unit_test(what_is_long_counts_as_several),
        cmocka_unit_test(a_member_is_addressed_only_where_there_is_one),
        cmocka_unit_test(modes_say_who_may),
        cmocka_unit_test(unique_refuses_what_was_said_a_moment_ago),
        cmocka_unit_test(a_message_longer_than_allowed_is_refused),
        cmocka_unit_test(reactions_are_counted_and_bounded),
        cmocka_unit_test(those_who_come_and_go_are_told_in_small_rooms),
        cmocka_unit_test(one_who_breaks_off_may_come_back_unnoticed),
        cmocka_unit_test(an_id_is_not_taken_without_its_token),
        cmocka_unit_test(a_full_room_refuses_and_counts_nobody),
        cmocka_unit_test(the_absent_keep_nobody_out),
        cmocka_unit_test(who_has_two_connections_is_one_who_talks),
        cmocka_unit_test(a_closed_room_lets_nobody_new_in),
        cmocka_unit_test(the_operator_says_events_of_any_type),
        cmocka_unit_test(only_workers_with_members_of_the_room_are_woken),
        cmocka_unit_test(every_refusal_has_its_sentence),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
