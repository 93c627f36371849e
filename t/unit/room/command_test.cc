#include "room/command.h"

#include "room/raw_json.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

struct Read {
    explicit Read(std::string_view text)
        : text_(text),
          memory_(command_memory(text.size())),
          arena_(memory_),
          result(read_command(text_, arena_, &why))
    {}
    std::string text_;
    std::vector<uint8_t> memory_;
    Arena arena_;
    std::string_view why;
    Result<Command> result;
};

void what_is_said_is_passed_untouched(void**)
{
    for (std::string_view said :
         {R"({"text":"hi","n":[1,{"a":"}\"]"}]})", R"("a \"quote\" \u0041")",
          "12.50", "-1e5", "null", "true", "[ 1 , 2 ]", "{}", R"("ü</script>")",
          R"({"sdpMLineIndex":"0","sdpMid":0})"}) {
        std::string text = R"({ "ref" : 1 , "say" :  )" + std::string(said) +
                           R"(  , "to":"host"})";
        Read read(text);
        assert_true(read.result.ok());
        assert_true(read.result->said == said);
        assert_true(read.result->to == To::kHost);
        assert_true(read.result->ref == "1");
    }
}

void a_member_whose_name_is_escaped_is_the_same(void**)
{
    Read read(R"({"s\u0061y":{"a":1},"\u0072ef":"x"})");
    assert_true(read.result.ok());
    assert_true(read.result->said == R"({"a":1})");
    assert_true(read.result->ref == R"("x")");
}

void everybody_can_be_addressed(void**)
{
    struct {
        const char* to;
        To is;
    } all[] = {{"all", To::kAll},
               {"others", To::kOthers},
               {"host", To::kHost},
               {"participants", To::kParticipants},
               {"m7-x", To::kOne}};
    for (auto& one : all) {
        Read read(R"({"say":1,"to":")" + std::string(one.to) + "\"}");
        assert_true(read.result->to == one.is);
        assert_true(one.is != To::kOne || read.result->to_id == "m7-x");
    }
}

void members_that_are_not_known_and_forged_ones_are_passed_over(void**)
{
    Read read(
        R"({"from":{"id":"admin"},"say":1,"role":"host","id":"x","seq":9})");
    assert_true(read.result.ok());
    assert_true(read.result->verb == Verb::kSay);
    assert_true(read.result->whom.empty() && read.result->as.empty());
}

void the_commands_of_members_are_read(void**)
{
    Read react(R"({"react":"like","n":3})");
    assert_true(react.result->verb == Verb::kReact &&
                react.result->reaction == "like" && react.result->times == 3);
    Read enter(
        R"({"enter":"rock","as":"host","name":"Anna","since":"68f0a1c2:41"})");
    assert_true(enter.result->verb == Verb::kEnter &&
                enter.result->room == "rock" && enter.result->as == "host" &&
                enter.result->name == "Anna" && enter.result->has_since &&
                enter.result->since.epoch == 0x68f0a1c2 &&
                enter.result->since.seq == 41);
    assert_true(Read(R"({"leave":"rock"})").result->verb == Verb::kLeave);
    assert_true(Read(R"({"list":true})").result->verb == Verb::kList);
    Read bad_since(R"({"enter":"rock","since":"yesterday"})");
    assert_true(bad_since.result->bad_since && !bad_since.result->has_since);
}

void the_commands_of_moderators_are_read(void**)
{
    Read del(R"({"delete":[41,42]})");
    assert_true(del.result->verb == Verb::kDelete &&
                del.result->numbers.size() == 2 &&
                del.result->numbers[1] == 42);
    Read mute(R"({"mute":"m3","for":1.5})");
    assert_true(mute.result->verb == Verb::kMute && mute.result->whom == "m3" &&
                mute.result->for_ms == 1500);
    assert_int_equal(Read(R"({"ban":"m3"})").result->for_ms, 600000);
    Read modes(
        R"({"modes":{"slow":5,"who":"moderators","unique":true,"closed":false}})");
    assert_true(modes.result->verb == Verb::kModes && modes.result->has_slow &&
                modes.result->modes.slow_ms == 5000 &&
                modes.result->modes.who == Who::kModerators &&
                modes.result->modes.unique && modes.result->has_closed &&
                !modes.result->modes.closed);
    Read some(R"({"modes":{"slow":0}})");
    assert_true(some.result->has_slow && !some.result->has_who);
    assert_true(Read(R"({"clear":true})").result->verb == Verb::kClear);
    assert_true(Read(R"({"unban":"m3"})").result->verb == Verb::kUnban);
    assert_true(Read(R"({"unmute":"m3"})").result->verb == Verb::kUnmute);
    assert_true(Read(R"({"delete_from":"m3"})").result->verb ==
                Verb::kDeleteFrom);
}

void what_is_wrong_is_refused_in_words(void**)
{
    for (std::string_view text : {"",
                                  "x",
                                  "[]",
                                  "1",
                                  "{}",
                                  R"({"ref":1})",
                                  R"({"say":1,"react":"x"})",
                                  R"({"say":1,"to":5})",
                                  R"({"say":1,"to":""})",
                                  R"({"say":1,"ref":{}})",
                                  R"({"react":5})",
                                  R"({"react":"a","n":0})",
                                  R"({"react":"a","n":101})",
                                  R"({"react":"a","n":-1})",
                                  R"({"react":"a","n":1.5})",
                                  R"({"enter":5})",
                                  R"({"leave":[]})",
                                  R"({"list":false})",
                                  R"({"delete":[]})",
                                  R"({"delete":["a"]})",
                                  R"({"delete":[-1]})",
                                  R"({"delete":5})",
                                  R"({"mute":""})",
                                  R"({"ban":5})",
                                  R"({"ban":"a","for":"x"})",
                                  R"({"ban":"a","for":99999999999})",
                                  R"({"modes":{}})",
                                  R"({"modes":{"x":1}})",
                                  R"({"modes":{"slow":3601}})",
                                  R"({"modes":{"who":"me"}})",
                                  R"({"modes":{"unique":1}})",
                                  R"({"clear":1})",
                                  R"({"say":1)",
                                  R"({"say":01})",
                                  R"({"say":1}{"say":2})"}) {
        Read read(text);
        assert_false(read.result.ok());
        assert_false(read.why.empty());
    }
    std::string many = R"({"delete":[1)";
    for (int i = 0; i < 64; i++) {
        many += ",1";
    }
    assert_int_equal(Read(many + "]}").result.fault(), Fault::kTooMany);
    Read longest(R"({"say":")" + std::string(kMaxSaid - 2, 'x') + "\"}");
    assert_true(longest.result.ok());
    Read longer(R"({"say":")" + std::string(kMaxSaid - 1, 'x') + "\"}");
    assert_int_equal(longer.result.fault(), Fault::kTooLarge);
    std::string deep;
    for (int i = 0; i < 40; i++) {
        deep += "[";
    }
    assert_false(Read(R"({"say":)" + deep).result.ok());
    assert_false(Read(R"({"say":1,"ref":")" + std::string(300, 'x') + "\"}")
                     .result.ok());
}

void raw_values_are_walked_one_by_one(void**)
{
    RawMembers raw("  { \"a\" : [1,\"]\"] , \"b\":\"x\\\\\",\"c\":{} }");
    std::string_view value;
    assert_true(raw.next(&value) && value == "[1,\"]\"]");
    assert_true(raw.next(&value) && value == "\"x\\\\\"");
    assert_true(raw.next(&value) && value == "{}");
    assert_false(raw.next(&value));
    for (std::string_view none :
         {"", "{", "{}", "{\"", "{\"a", "{\"a\"", "{\"a\":", "x", "{\"a\\"}) {
        RawMembers bad(none);
        assert_false(bad.next(&value));
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_passed_untouched),
        cmocka_unit_test(a_member_whose_name_is_escaped_is_the_same),
        cmocka_unit_test(everybody_can_be_addressed),
        cmocka_unit_test(
            members_that_are_not_known_and_forged_ones_are_passed_over),
        cmocka_unit_test(the_commands_of_members_are_read),
        cmocka_unit_test(the_commands_of_moderators_are_read),
        cmocka_unit_test(what_is_wrong_is_refused_in_words),
        cmocka_unit_test(raw_values_are_walked_one_by_one),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
