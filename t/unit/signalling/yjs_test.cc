#include "signalling/yjs.h"

#include "rig.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::signalling;

namespace {

struct Read {
    explicit Read(std::string_view text)
        : memory(message_memory(text.size()) + 8192),
          arena(memory),
          message(read_y(text, arena))
    {}
    std::vector<uint8_t> memory;
    Arena arena;
    Result<YMessage> message;
};

std::string published(std::string_view text, uint64_t clients)
{
    return written(most_published(text.size()),
                   [=](Writer& out) { write_published(out, text, clients); });
}

void topics_that_are_texts_are_taken(void**)
{
    Read read(R"({"type":"subscribe","topics":[7,"","doc2",null]})");
    assert_true(read.message.ok());
    assert_true(read.message->verb == YVerb::kSubscribe);
    assert_int_equal(read.message->topics.size(), 2);
    assert_true(read.message->topics[1] == "doc2");
    assert_int_equal(Read(R"({"type":"subscribe"})").message->topics.size(), 0);
    assert_true(Read(R"({"type":"unsubscribe","topics":[]})").message->verb ==
                YVerb::kUnsubscribe);
}

void bounds_hold(void**)
{
    std::string topic(kMaxTopic, 'x');
    assert_true(
        Read(R"({"type":"publish","topic":")" + topic + "\"}").message.ok());
    assert_false(
        Read(R"({"type":"publish","topic":"x)" + topic + "\"}").message.ok());
    assert_false(Read(R"({"type":"subscribe","topics":["x)" + topic + "\"]}")
                     .message.ok());
    std::string many = R"({"type":"subscribe","topics":[0)";
    for (size_t i = 0; i < kMostTopicsAtOnce; i++) {
        many += ",0";
    }
    assert_int_equal(Read(many + "]}").message.fault(), Fault::kTooMany);
}

void what_is_unknown_means_nothing(void**)
{
    assert_true(Read(R"({"type":"nosuch"})").message->verb == YVerb::kNothing);
    assert_true(Read("{}").message->verb == YVerb::kNothing);
    assert_true(Read(R"({"type":"publish"})").message->verb == YVerb::kNothing);
    assert_true(Read(R"({"type":"publish","topic":7})").message->verb ==
                YVerb::kNothing);
    assert_true(Read(R"({"type":"ping"})").message->verb == YVerb::kPing);
    assert_false(Read("[]").message.ok());
    assert_false(Read("x").message.ok());
}

void a_published_message_passes_whole_with_the_number_of_clients(void**)
{
    assert_string_equal(
        published(R"({"type":"publish","topic":"d","data":{"clients" : 3}})", 2)
            .c_str(),
        R"({"type":"publish","topic":"d","data":{"clients" : 3},"clients":2})");
    assert_string_equal(
        published(
            R"({"type":"publish","topic":"d","extra":"kept","clients":99,)"
            R"("data":"x"})",
            2)
            .c_str(),
        R"({"type":"publish","topic":"d","extra":"kept","clients":2,)"
        R"("data":"x"})");
    assert_string_equal(published(R"( { "a" : 1 } )", 1).c_str(),
                        R"( { "a" : 1 ,"clients":1} )");
    assert_string_equal(published(R"({"a\"clients":1})", 4).c_str(),
                        R"({"a\"clients":1,"clients":4})");
    assert_string_equal(published(R"({"clients":"many"})", 10000000).c_str(),
                        R"({"clients":10000000})");
    assert_string_equal(
        published(R"({"clients":1,"clients":1,"clients":1})", UINT64_MAX)
            .c_str(),
        R"({"clients":18446744073709551615,"clients":18446744073709551615,)"
        R"("clients":18446744073709551615})");
    assert_string_equal(published("{}", 1).c_str(), R"({"clients":1})");
    assert_string_equal(written(32, write_pong).c_str(), R"({"type":"pong"})");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(topics_that_are_texts_are_taken),
        cmocka_unit_test(bounds_hold),
        cmocka_unit_test(what_is_unknown_means_nothing),
        cmocka_unit_test(
            a_published_message_passes_whole_with_the_number_of_clients),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
