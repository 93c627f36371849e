#include <string>

#include "unit/cmocka.h"

#include "subscriber/command.h"

using namespace onair;
using namespace onair::subscriber;

namespace {

struct Reading {
    uint8_t memory[8192];
    Arena arena{memory};
    Result<Command> command;

    explicit Reading(std::string_view text) : command(read_command(text, arena))
    {}
};

void expect_fault(std::string_view text, Fault fault)
{
    Reading reading(text);
    assert_false(reading.command.ok());
    assert_true(reading.command.fault() == fault);
}

void stations_are_subscribed_and_unsubscribed(void**)
{
    Reading reading(
        "{\"subscribe\":[\"rock\",\"caf\\u00e9\",\"*\"],\"unsubscribe\":[\"a "
        "b\"]}");
    assert_true(reading.command.ok());
    assert_int_equal(reading.command->subscribe.size(), 3);
    assert_true(reading.command->subscribe[0] == "rock");
    assert_true(reading.command->subscribe[1] == "caf\xc3\xa9");
    assert_true(reading.command->subscribe[2] == "*");
    assert_int_equal(reading.command->unsubscribe.size(), 1);
    assert_true(reading.command->unsubscribe[0] == "a b");
    assert_false(reading.command->has_since);
    assert_false(reading.command->get);
}

void since_and_get_are_read(void**)
{
    Reading reading(" { \"since\" : \"68f0a1c2:42\" , \"get\" : true } ");
    assert_true(reading.command.ok());
    assert_true(reading.command->has_since);
    assert_int_equal(reading.command->since.epoch, 0x68f0a1c2);
    assert_int_equal(reading.command->since.seq, 42);
    assert_true(reading.command->get);
    Reading no("{\"get\":false}");
    assert_true(no.command.ok() && !no.command->get);
}

void an_unusable_since_is_a_gap(void**)
{
    Reading reading("{\"since\":\"yesterday\"}");
    assert_true(reading.command.ok());
    assert_false(reading.command->has_since);
    assert_true(reading.command->bad_since);
}

void an_empty_since_has_seen_nothing(void**)
{
    Reading reading("{\"since\":\"\"}");
    assert_true(reading.command.ok());
    assert_false(reading.command->has_since);
    assert_false(reading.command->bad_since);
    assert_true(reading.command->get);
}

void the_longest_command_is_read(void**)
{
    static uint8_t memory[kCommandMemory];
    std::string text = "{\"subscribe\":[\"s\"]" + std::string(kMaxCommand, ' ');
    text.resize(kMaxCommand - 1);
    Arena arena(memory);
    Result<Command> command = read_command(text + "}", arena);
    assert_true(command.ok());
    assert_int_equal(command->subscribe.size(), 1);
    expect_fault(text + " }", Fault::kTooLarge);
}

void complaints_are_about_the_command(void**)
{
    assert_true(complaint(Fault::kNotJson) == "command is not JSON");
    assert_true(complaint(Fault::kNotFound) == describe(Fault::kNotFound));
    for (Fault fault : {Fault::kNotJson, Fault::kTooDeep, Fault::kTooLarge,
                        Fault::kTooMany, Fault::kBadRequest}) {
        assert_true(complaint(fault) != describe(fault));
    }
}

void what_is_no_json_is_told(void**)
{
    for (std::string_view text :
         {"", "hello", "{", "{\"get\":tru}", "{'get':true}", "{\"get\":true}x",
          "{\"get\":true,}", "{\"subscribe\":[\"\xff\"]}"}) {
        expect_fault(text, Fault::kNotJson);
    }
}

void what_is_no_command_is_told(void**)
{
    for (std::string_view text :
         {"{}", "[]", "null", "\"get\"", "1", "{\"subscribe\":\"rock\"}",
          "{\"subscribe\":[1]}", "{\"subscribe\":[null]}",
          "{\"subscribe\":[[\"a\"]]}", "{\"since\":1}", "{\"since\":null}",
          "{\"get\":1}", "{\"get\":\"true\"}", "{\"other\":1}",
          "{\"get\":true,\"other\":1}"}) {
        expect_fault(text, Fault::kBadRequest);
    }
}

void bad_names_are_told(void**)
{
    for (std::string_view text :
         {"{\"subscribe\":[\"\"]}", "{\"subscribe\":[\"a\\n\"]}",
          "{\"unsubscribe\":[\"a\\u0000\"]}"}) {
        expect_fault(text, Fault::kBadName);
    }
    std::string long_one(129, 'n');
    expect_fault("{\"subscribe\":[\"" + long_one + "\"]}", Fault::kBadName);
}

std::string many(size_t count)
{
    std::string text = "{\"subscribe\":[";
    for (size_t i = 0; i < count; i++) {
        text += i == 0 ? "\"s\"" : ",\"s\"";
    }
    return text + "]}";
}

void stations_are_counted(void**)
{
    Reading most(many(kMaxCommandStations));
    assert_true(most.command.ok());
    assert_int_equal(most.command->subscribe.size(), kMaxCommandStations);
    expect_fault(many(kMaxCommandStations + 1), Fault::kTooMany);
    Reading none(many(0));
    assert_true(none.command.ok() && none.command->subscribe.empty());
}

void deep_nesting_is_refused(void**)
{
    expect_fault(std::string(100, '['), Fault::kTooDeep);
}

void too_little_memory_is_told(void**)
{
    uint8_t memory[64];
    Arena arena(memory);
    Result<Command> command = read_command(many(64), arena);
    assert_false(command.ok());
    assert_true(command.fault() == Fault::kNoMemory);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(stations_are_subscribed_and_unsubscribed),
        cmocka_unit_test(since_and_get_are_read),
        cmocka_unit_test(an_unusable_since_is_a_gap),
        cmocka_unit_test(an_empty_since_has_seen_nothing),
        cmocka_unit_test(the_longest_command_is_read),
        cmocka_unit_test(complaints_are_about_the_command),
        cmocka_unit_test(what_is_no_json_is_told),
        cmocka_unit_test(what_is_no_command_is_told),
        cmocka_unit_test(bad_names_are_told),
        cmocka_unit_test(stations_are_counted),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(too_little_memory_is_told),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
