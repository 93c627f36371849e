#include <optional>
#include <string>
#include <vector>

// After the library: cmocka has macros that its headers would meet.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include "centrifuge/command.h"

using namespace onair;
using namespace onair::centrifuge;
using source::Kind;

namespace {

class Message {
  public:
    explicit Message(std::string text)
        : text_(std::move(text)),
          memory_(memory_for(text_.size())),
          arena_(memory_),
          reader_(text_, arena_)
    {}
    Result<bool> next() { return reader_.next(&command); }
    Fault fault()
    {
        Result<bool> read = next();
        assert_false(read.ok());
        return read.fault();
    }

  private:
    std::string text_;
    std::vector<uint8_t> memory_;
    Arena arena_;
    CommandReader reader_;

  public:
    Command command;
};

void a_message_holds_a_command_a_line(void**)
{
    Message message(
        "{\"connect\":{\"name\":\"js\"},\"id\":1}\n"
        "{\"subscribe\":{\"channel\":\"station:x\",\"flag\":1},\"id\":2}\r\n"
        "\n {} \n{\"id\":3,\"unsubscribe\":{\"channel\":\"station:x\"}}");
    assert_true(*message.next());
    assert_int_equal(message.command.method, Method::kConnect);
    assert_int_equal(message.command.id, 1);
    assert_true(*message.next());
    assert_int_equal(message.command.method, Method::kSubscribe);
    assert_int_equal(message.command.id, 2);
    assert_true(message.command.channel == "station:x");
    assert_false(message.command.position.recover);
    assert_true(*message.next());
    assert_int_equal(message.command.method, Method::kPong);
    assert_true(*message.next());
    assert_int_equal(message.command.method, Method::kUnsubscribe);
    assert_int_equal(message.command.id, 3);
    assert_false(*message.next());
    assert_false(*message.next());
}

void a_position_is_read_with_it(void**)
{
    Message message(
        "{\"subscribe\":{\"channel\":\"c\",\"recover\":true,\"offset\":"
        "18446744073709551615,\"epoch\":\"ep\"},\"id\":4}");
    assert_true(*message.next());
    assert_true(message.command.position.recover);
    assert_true(message.command.position.epoch == "ep");
    assert_true(message.command.position.offset == UINT64_MAX);
}

void what_is_no_position_is_none(void**)
{
    for (const char* offset :
         {"-1", "1.5", "1e3", "\"7\"", "null", "[]", "18446744073709551616"}) {
        Message message(
            std::string("{\"subscribe\":{\"channel\":\"c\",\"recover\":1,"
                        "\"epoch\":5,\"offset\":") +
            offset + "},\"id\":4}");
        assert_true(*message.next());
        assert_false(message.command.position.recover);
        assert_true(message.command.position.epoch.empty());
        assert_true(message.command.position.offset == 0);
    }
}

void every_method_has_its_word(void**)
{
    const char* words[] = {"connect", "subscribe", "unsubscribe",
                           "publish", "presence",  "presence_stats",
                           "history", "ping",      "send",
                           "rpc",     "refresh",   "sub_refresh"};
    auto method = static_cast<int>(Method::kConnect);
    for (const char* word : words) {
        Message message(std::string("{\"id\":1,\"") + word + "\":{}}");
        assert_true(*message.next());
        assert_int_equal(message.command.method, method++);
    }
    Message message("{\"id\":1,\"dance\":{}}");
    assert_true(*message.next());
    assert_int_equal(message.command.method, Method::kUnknown);
}

void what_is_said_in_a_room_is_kept_for_it(void**)
{
    Message message(
        "{\"id\":1,\"publish\":{\"channel\":\"room:a\",\"data\":{\"x\":[1]}}}");
    assert_true(*message.next());
    assert_int_equal(message.command.params["data"]["x"].at(0).kind(),
                     Kind::kNumber);
}

void what_is_no_command_ends_the_message(void**)
{
    assert_int_equal(Message("[]").fault(), Fault::kBadRequest);
    assert_int_equal(Message("1").fault(), Fault::kBadRequest);
    assert_int_equal(Message("null").fault(), Fault::kBadRequest);
    assert_int_equal(Message("{} {}").fault(), Fault::kNotJson);
    assert_int_equal(Message("hello").fault(), Fault::kNotJson);
    assert_int_equal(Message("{\"id\":-1,\"ping\":{}}").fault(),
                     Fault::kBadRequest);
    assert_int_equal(Message("{\"id\":4294967296,\"ping\":{}}").fault(),
                     Fault::kBadRequest);
    assert_int_equal(Message("{\"ping\":{}}").fault(), Fault::kBadRequest);
    assert_int_equal(Message("{\"id\":0,\"ping\":{}}").fault(),
                     Fault::kBadRequest);
    assert_int_equal(Message("{\"id\":1,\"ping\":1}").fault(),
                     Fault::kBadRequest);
    assert_int_equal(Message("{\"id\":1,\"ping\":{},\"rpc\":{}}").fault(),
                     Fault::kBadRequest);
    assert_int_equal(
        Message(std::string(40, '[') + std::string(40, ']')).fault(),
        Fault::kTooDeep);
}

void a_message_without_an_answer_needs_no_id(void**)
{
    Message message("{\"send\":{\"data\":1}}");
    assert_true(*message.next());
    assert_int_equal(message.command.method, Method::kSend);
}

void a_message_holds_so_many_commands_and_no_more(void**)
{
    std::string text;
    for (size_t i = 0; i < kMaxCommands; i++) {
        text += "{}\n";
    }
    Message most(text);
    for (size_t i = 0; i < kMaxCommands; i++) {
        assert_true(*most.next());
    }
    assert_false(*most.next());
    Message more(text + "{}");
    for (size_t i = 0; i < kMaxCommands; i++) {
        assert_true(*more.next());
    }
    assert_int_equal(more.fault(), Fault::kTooMany);
}

Result<std::span<const Wish>> wishes(std::string_view text)
{
    static std::vector<uint8_t> memory;
    static std::optional<Arena> arena;
    memory.assign(memory_for(text.size()), 0);
    arena.emplace(Bytes(memory));
    return read_wishes(text, *arena);
}

void a_request_names_the_channels_it_wants(void**)
{
    auto found = wishes(
        "{\"subs\":{\"station:a\":{\"recover\":true,\"delta\":\"x\"},"
        "\"global:time\":{},\"station:b\":null},\"token\":\"t\",\"data\":[1]}");
    assert_true(found.ok());
    assert_int_equal(found->size(), 3);
    assert_true((*found)[0].channel == "station:a");
    assert_true((*found)[0].position.recover);
    assert_true((*found)[1].channel == "global:time");
    assert_false((*found)[1].position.recover);
    assert_true((*found)[2].channel == "station:b");
}

void nothing_is_a_request_for_nothing(void**)
{
    for (const char* text : {"", " \r\n", "null", "{}", "{\"subs\":null}",
                             "{\"subs\":{}}", "{\"headers\":{}}"}) {
        auto found = wishes(text);
        assert_true(found.ok());
        assert_int_equal(found->size(), 0);
    }
}

void a_request_that_is_none_is_refused(void**)
{
    assert_int_equal(wishes("[]").fault(), Fault::kBadRequest);
    assert_int_equal(wishes("true").fault(), Fault::kBadRequest);
    assert_int_equal(wishes("{\"subs\":[]}").fault(), Fault::kBadRequest);
    assert_int_equal(wishes("{\"subs\":{").fault(), Fault::kNotJson);
    assert_int_equal(wishes(std::string(kMaxRequest, 'x')).fault(),
                     Fault::kNotJson);
    assert_int_equal(wishes(std::string(kMaxRequest + 1, 'x')).fault(),
                     Fault::kTooLarge);
    std::string many = "{\"subs\":{";
    for (size_t i = 0; i <= kMaxChannels; i++) {
        many += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":{}";
    }
    assert_int_equal(wishes(many + "}}").fault(), Fault::kTooMany);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_message_holds_a_command_a_line),
        cmocka_unit_test(a_position_is_read_with_it),
        cmocka_unit_test(what_is_no_position_is_none),
        cmocka_unit_test(every_method_has_its_word),
        cmocka_unit_test(what_is_said_in_a_room_is_kept_for_it),
        cmocka_unit_test(what_is_no_command_ends_the_message),
        cmocka_unit_test(a_message_without_an_answer_needs_no_id),
        cmocka_unit_test(a_message_holds_so_many_commands_and_no_more),
        cmocka_unit_test(a_request_names_the_channels_it_wants),
        cmocka_unit_test(nothing_is_a_request_for_nothing),
        cmocka_unit_test(a_request_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
