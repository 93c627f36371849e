#include "signalling/unity.h"

#include "rig.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::signalling;

namespace {

struct Read {
    explicit Read(std::string_view text)
        : memory(message_memory(text.size())), arena(memory)
    {
        Result<Signal> got = read_signal(text, arena, &why);
        ok = got.ok();
        signal = ok ? *got : Signal();
    }
    std::vector<uint8_t> memory;
    Arena arena;
    std::string_view why;
    Signal signal;
    bool ok = false;
};

void the_type_says_what_is_meant(void**)
{
    assert_true(Read(R"({"type":"connect"})").signal.say == Say::kConnect);
    assert_true(Read(R"({"type":"disconnect"})").signal.say ==
                Say::kDisconnect);
    assert_true(Read(R"({"type":"chat","data":7})").signal.say ==
                Say::kNothing);
    assert_true(Read("{}").ok);
    assert_true(Read(R"({"type":7})").signal.say == Say::kNothing);
}

void payloads_pass_as_they_came(void**)
{
    Read read(R"( {"type":"candidate","from":"x","data": {"connectionId":"r",)"
              R"("candidate": {"a" : [1, "\u0041"]} ,"sdpMLineIndex":"0",)"
              R"("sdpMid":0.50,"usernameFragment":"f"}} )");
    assert_true(read.ok);
    assert_true(read.signal.id == R"("r")");
    read.signal.time = 1000;
    assert_string_equal(
        written(most_signal(read.signal),
                [&](Writer& out) { write_signal(out, read.signal); })
            .c_str(),
        R"({"from":"r","to":"","type":"candidate","data":{"candidate":{"a" : )"
        R"([1, "\u0041"]},"sdpMLineIndex":"0","sdpMid":0.50,"datetime":1000}})");
    assert_string_equal(
        written(most_entry(read.signal),
                [&](Writer& out) { write_entry(out, read.signal); })
            .c_str(),
        R"({"connectionId":"r","candidate":{"a" : [1, "\u0041"]},)"
        R"("sdpMLineIndex":"0","sdpMid":0.50,"type":"candidate",)"
        R"("datetime":1000})");
}

void ids_that_mean_the_same_are_the_same(void**)
{
    assert_true(
        Read(R"({"type":"connect","connectionId":"\u0041b"})").signal.id ==
        R"("Ab")");
    assert_true(Read(R"({"type":"connect","connectionId":7})").signal.id ==
                "7");
    assert_true(Read(R"({"type":"connect","connectionId":null})").signal.id ==
                "null");
    assert_true(Read(R"({"type":"connect"})").signal.id.empty());
    assert_true(Read(R"({"type":"connect","connectionId":"7"})").signal.id ==
                R"("7")");
    std::string longest(300, 'x');
    assert_true(
        Read(R"({"type":"connect","connectionId":")" + longest + "\"}").ok);
    std::string wide;
    for (int i = 0; i < 300; i++) {
        wide += "ü";
    }
    assert_true(
        Read(R"({"type":"connect","connectionId":")" + wide + "\"}").ok);
    assert_false(
        Read(R"({"type":"connect","connectionId":")" + longest + "x\"}").ok);
}

void what_cannot_be_read_is_answered_in_words(void**)
{
    assert_true(Read("{").why == "message is not JSON");
    assert_true(Read("").why == "message is not JSON");
    assert_true(Read("[]").why == "a message is a JSON object");
    assert_true(Read(R"({"type":"offer"})").why == "data has to be an object");
    assert_true(Read(R"({"type":"offer","data":null})").why ==
                "data has to be an object");
    assert_true(Read(R"({"type":"connect","connectionId":{}})").why ==
                "connectionId has to be a string, a number, a boolean or null");
    std::string deep(40, '[');
    assert_true(Read(deep + std::string(40, ']')).why ==
                "message is nested too deep");
    assert_string_equal(
        written(64, [](Writer& out) { write_error(out, "a \"b\""); }).c_str(),
        R"({"type":"error","message":"a \"b\""})");
}

void a_taken_id_is_said_as_the_page_expects_it(void**)
{
    auto taken = [](std::string_view id) {
        return written(128, [id](Writer& out) { write_taken(out, id); });
    };
    assert_string_equal(
        taken(R"("room1")").c_str(),
        R"({"type":"error","message":"room1: This connection id is already )"
        R"(used."})");
    assert_non_null(strstr(taken("7").c_str(), "\"7: This"));
    assert_non_null(strstr(taken("").c_str(), "\"undefined: This"));
}

Result<Signal> body(Say say, std::string_view text, bool is_form, Arena& arena)
{
    std::string_view why;
    return read_body(say, text, is_form, arena, &why);
}

void polling_says_the_same_as_json_or_as_a_form(void**)
{
    std::vector<uint8_t> memory(message_memory(200));
    Arena arena(memory);
    auto json =
        body(Say::kOffer, R"({"sdp":"v=0","connectionId":"r"})", false, arena);
    assert_true(json.ok() && json->id == R"("r")" &&
                json->fields[0] == R"("v=0")");
    auto form = body(Say::kConnect, "connectionId=form", true, arena);
    assert_true(form.ok() && form->id == R"("form")");
    auto candidate =
        body(Say::kCandidate, "connectionId=r&candidate=c%3A1", true, arena);
    assert_true(candidate.ok() && candidate->fields[0] == R"("c:1")");
    assert_true(body(Say::kConnect, "", false, arena)->id.empty());
    assert_false(body(Say::kConnect, "not json", false, arena).ok());
    assert_false(body(Say::kConnect, "[]", false, arena).ok());
}

void answers_of_polling_have_their_members_in_order(void**)
{
    assert_string_equal(
        written(128,
                [](Writer& out) { write_connection(out, R"("r")", true, 7); })
            .c_str(),
        R"({"connectionId":"r","polite":true,"type":"connect","datetime":7})");
    assert_string_equal(
        written(64, [](Writer& out) { write_connection_id(out, "7"); }).c_str(),
        R"({"connectionId":7})");
    Signal offer;
    offer.say = Say::kOffer;
    offer.id = R"("r")";
    offer.fields[0] = R"("v=0")";
    offer.time = 9;
    assert_string_equal(
        written(256, [&](Writer& out) { write_entry(out, offer); }).c_str(),
        R"({"connectionId":"r","sdp":"v=0","polite":false,"type":"offer",)"
        R"("datetime":9})");
    Signal left;
    left.say = Say::kDisconnect;
    left.time = 9;
    assert_string_equal(
        written(256, [&](Writer& out) { write_entry(out, left); }).c_str(),
        R"({"type":"disconnect","datetime":9})");
    assert_true(list_name(Say::kCandidate) == "candidates");
}

void the_settings_are_those_that_the_page_asks_for(void**)
{
    Config config;
    assert_string_equal(
        written(256, [&](Writer& out) { write_config(out, config); }).c_str(),
        R"({"useWebSocket":true,"startupMode":"public","logging":"none"})");
    config = {false, true, "[]"};
    assert_string_equal(
        written(256, [&](Writer& out) { write_config(out, config); }).c_str(),
        R"({"useWebSocket":false,"startupMode":"private","logging":"none",)"
        R"("iceServers":[]})");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_type_says_what_is_meant),
        cmocka_unit_test(payloads_pass_as_they_came),
        cmocka_unit_test(ids_that_mean_the_same_are_the_same),
        cmocka_unit_test(what_cannot_be_read_is_answered_in_words),
        cmocka_unit_test(a_taken_id_is_said_as_the_page_expects_it),
        cmocka_unit_test(polling_says_the_same_as_json_or_as_a_form),
        cmocka_unit_test(answers_of_polling_have_their_members_in_order),
        cmocka_unit_test(the_settings_are_those_that_the_page_asks_for),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
