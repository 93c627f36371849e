#include "room/event.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

Message said()
{
    Message m;
    m.seq = 42;
    m.time = 1760000030123;
    m.from_id = "m3";
    m.from_name = "Anna";
    m.role = Role::kHost;
    m.said = R"({"text":"hi"})";
    return m;
}

std::string event(const Message& m)
{
    std::string room(most_event(m), '\0');
    Writer out(room);
    write_event(out, m);
    assert_true(out.ok());
    return std::string(out.view());
}

std::string frame(const Frame& f)
{
    std::string room(most_frame(f), '\0');
    Writer out(room);
    write_frame(out, f);
    assert_true(out.ok());
    return std::string(out.view());
}

void a_message_is_as_the_wire_has_it(void**)
{
    assert_string_equal(
        event(said()).c_str(),
        R"({"seq":42,"time":1760000030.123,"type":"message","from":{"id":"m3","name":"Anna","role":"host"},"said":{"text":"hi"}})");
    Message m = said();
    m.to = To::kOne;
    m.to_id = "m7";
    m.from_name = {};
    assert_true(event(m).find(R"("name":null)") != std::string::npos);
    assert_true(event(m).find(R"(,"to":"m7",)") != std::string::npos);
}

void other_events_have_their_types(void**)
{
    Message m;
    m.seq = 1;
    m.kind = Kind::kDeleted;
    m.said = "[41,42]";
    assert_string_equal(
        event(m).c_str(),
        R"({"seq":1,"time":0.000,"type":"deleted","seqs":[41,42]})");
    m.said = {};
    m.from_id = "m3";
    assert_string_equal(
        event(m).c_str(),
        R"({"seq":1,"time":0.000,"type":"deleted","from":{"id":"m3"}})");
    m = Message();
    m.kind = Kind::kEvent;
    m.type = "gift\"";
    m.said = "5";
    assert_string_equal(event(m).c_str(),
                        R"({"seq":0,"time":0.000,"type":"gift\"","said":5})");
    m.kind = Kind::kModes;
    m.said = "{}";
    assert_true(event(m).find(R"("type":"mode","modes":{})") !=
                std::string::npos);
    m.kind = Kind::kCleared;
    m.said = {};
    assert_true(event(m).find(R"("type":"cleared"})") != std::string::npos);
}

void texts_cannot_break_out(void**)
{
    Message m = said();
    m.from_name = "</script>\"\\\n\xff";
    assert_true(event(m).find(R"("name":"\u003c/script>\"\\\n)") !=
                std::string::npos);
}

void a_first_frame_has_everything(void**)
{
    Frame f;
    f.room = "rock";
    f.epoch = 0x68f0a1c2;
    f.seq = 42;
    You you = {"m7", "Bert", Role::kParticipant, "tok", R"([{"urls":[]}])"};
    Modes modes;
    std::string_view names[] = {"like", "gift"};
    uint64_t totals[] = {120, 0};
    uint64_t added[] = {3, 0};
    Reactions reactions = {names, totals, added};
    std::string_view events[] = {"{1}", "{2}"};
    f.you = &you;
    f.members = 812;
    f.people = 800;
    f.modes = &modes;
    f.reactions = &reactions;
    f.events = events;
    f.gap = true;
    f.reach = "local";
    assert_string_equal(
        frame(f).c_str(),
        R"({"room":"rock","epoch":"68f0a1c2","seq":42,"you":{"id":"m7","name":"Bert","role":"participant","token":"tok","iceServers":[{"urls":[]}]},"members":812,"people":800,"modes":{"slow":0,"who":"all","unique":false,"closed":false},"reactions":{"like":120,"gift":0},"reacted":{"like":3},"events":[{1},{2}],"left_out":0,"reach":"local","gap":true})");
}

void a_plain_frame_has_little(void**)
{
    Frame f;
    f.room = "rock";
    f.epoch = 1;
    f.left_out = 7;
    assert_string_equal(
        frame(f).c_str(),
        R"({"room":"rock","epoch":"00000001","seq":0,"events":[],"left_out":7})");
}

void answers_have_their_ref(void**)
{
    char room[512];
    Writer out(room);
    write_answer(out, "rock", R"("a")", 1, 42);
    assert_true(out.view() ==
                R"({"room":"rock","ref":"a","epoch":"00000001","seq":42})");
    Writer no(room);
    write_refusal(no, "rock", "", "too many messages", 3500);
    assert_true(no.view() ==
                R"({"room":"rock","error":"too many messages","wait":3.500})");
}

void modes_of_less_than_a_second_are_seconds_too(void**)
{
    char room[128];
    Writer out(room);
    Modes modes;
    modes.slow_ms = 1500;
    write_modes(out, modes);
    assert_true(out.view().starts_with(R"({"slow":1.500,)"));
}

void each_is_told_what_is_for_it(void**)
{
    Message m = said();
    m.sender = 5;
    struct {
        To to;
        bool sender, other, host, moderator, viewer;
    } rules[] = {{To::kAll, true, true, true, true, true},
                 {To::kOthers, false, true, true, true, true},
                 {To::kHost, true, false, true, false, false},
                 {To::kParticipants, true, true, false, true, false}};
    for (auto& rule : rules) {
        m.to = rule.to;
        assert_int_equal(is_for(m, "m3", 5, Role::kViewer), rule.sender);
        assert_int_equal(is_for(m, "x", 6, Role::kParticipant), rule.other);
        assert_int_equal(is_for(m, "x", 6, Role::kHost), rule.host);
        assert_int_equal(is_for(m, "x", 6, Role::kModerator), rule.moderator);
        assert_int_equal(is_for(m, "x", 6, Role::kViewer), rule.viewer);
    }
    m.to = To::kOne;
    m.to_id = "m7";
    assert_true(is_for(m, "m7", 9, Role::kViewer));
    assert_true(is_for(m, "m3", 77, Role::kViewer));  // said it, and came back
    assert_false(is_for(m, "m8", 9, Role::kHost));
    m.sender = 0;
    m.from_id = {};
    assert_false(is_for(m, "", 0, Role::kHost));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_as_the_wire_has_it),
        cmocka_unit_test(other_events_have_their_types),
        cmocka_unit_test(texts_cannot_break_out),
        cmocka_unit_test(a_first_frame_has_everything),
        cmocka_unit_test(a_plain_frame_has_little),
        cmocka_unit_test(answers_have_their_ref),
        cmocka_unit_test(modes_of_less_than_a_second_are_seconds_too),
        cmocka_unit_test(each_is_told_what_is_for_it),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
