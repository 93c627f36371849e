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

#include "centrifuge/reply.h"

using namespace onair;
using namespace onair::centrifuge;

namespace {

template <typename Write>
std::string written(Write write)
{
    char room[4096];
    Writer out(room);
    write(out);
    assert_true(out.ok());
    return std::string(out.view());
}

void a_unidirectional_connection_begins_with_its_stations(void**)
{
    NamedSub subs[2];
    subs[0] = {
        "station:", "rock", {0x68f0a1c2, 0, true, true, "{\"offset\":7}"}};
    subs[1] = {"station:", "a\"b", {0x68f0a1c2, 42, false, false, {}}};
    ConnectReply reply;
    reply.client = "c1";
    reply.session = "s1";
    reply.ping_s = 25;
    reply.clock = 1760000035123;
    reply.subs = subs;
    assert_string_equal(
        written([&](Writer& out) {
            write_connect(out, Dialect::kUni, reply);
        }).c_str(),
        "{\"connect\":{\"client\":\"c1\",\"version\":\"onair\",\"subs\":{"
        "\"station:rock\":{\"recoverable\":true,\"epoch\":\"68f0a1c2\","
        "\"publications\":[{\"offset\":7}],\"recovered\":true,"
        "\"positioned\":true,\"was_recovering\":true},"
        "\"station:a\\\"b\":{\"recoverable\":true,\"epoch\":\"68f0a1c2\","
        "\"offset\":42,\"positioned\":true}},\"ping\":25,\"session\":\"s1\","
        "\"time\":1760000035123}}");
}

void a_bidirectional_one_with_the_id_of_its_command(void**)
{
    ConnectReply reply;
    reply.id = 7;
    reply.client = "c1";
    reply.ping_s = 1;
    reply.node = "3";
    assert_string_equal(
        written([&](Writer& out) {
            write_connect(out, Dialect::kBi, reply);
        }).c_str(),
        "{\"id\":7,\"connect\":{\"client\":\"c1\",\"version\":\"onair\","
        "\"ping\":1,\"node\":\"3\"}}");
}

void a_reply_repeats_the_id(void**)
{
    assert_string_equal(written([](Writer& out) {
                            write_subscribe(out, 4, {1, 7, true, false, "{}"});
                        }).c_str(),
                        "{\"id\":4,\"subscribe\":{\"recoverable\":true,"
                        "\"epoch\":\"00000001\",\"publications\":[{}],"
                        "\"offset\":7,\"positioned\":true,"
                        "\"was_recovering\":true}}");
    assert_string_equal(written([](Writer& out) {
                            write_empty(out, 12, "unsubscribe");
                        }).c_str(),
                        "{\"id\":12,\"unsubscribe\":{}}");
    assert_string_equal(
        written([](Writer& out) { write_error(out, 11, kDenied); }).c_str(),
        "{\"id\":11,\"error\":{\"code\":103,\"message\":"
        "\"permission denied\"}}");
    assert_string_equal(
        written([](Writer& out) { write_error(out, 1, kTooMany); }).c_str(),
        "{\"id\":1,\"error\":{\"code\":111,\"message\":\"too many requests\","
        "\"temporary\":true}}");
}

void a_push_of_the_server_is_wrapped_where_there_are_replies(void**)
{
    assert_string_equal(written([](Writer& out) {
                            write_disconnect(out, Dialect::kUni, kShutdown);
                        }).c_str(),
                        "{\"disconnect\":{\"code\":3001,\"reason\":"
                        "\"shutdown\"}}");
    assert_string_equal(written([](Writer& out) {
                            write_disconnect(out, Dialect::kBi, kStale);
                        }).c_str(),
                        "{\"push\":{\"disconnect\":{\"code\":3502,\"reason\":"
                        "\"stale\"}}}");
    assert_string_equal(
        written([](Writer& out) {
            write_unsubscribe(out, Dialect::kUni, "x", "no such station");
        }).c_str(),
        "{\"channel\":\"x\",\"unsubscribe\":{\"code\":2000,\"reason\":"
        "\"no such station\"}}");
}

void the_room_promised_is_enough(void**)
{
    std::string name(128, '\x01');
    NamedSub sub = {"station:", name, {1, UINT64_MAX, true, true, "{}"}};
    ConnectReply reply;
    std::string client(36, 'c');
    reply.client = reply.session = reply.node = client;
    reply.id = UINT32_MAX;
    reply.ping_s = UINT32_MAX;
    reply.clock = INT64_MAX;
    reply.subs = {&sub, 1};
    std::vector<char> room(most_bytes_of(reply.subs));
    Writer out(room);
    write_connect(out, Dialect::kBi, reply);
    assert_true(out.ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_unidirectional_connection_begins_with_its_stations),
        cmocka_unit_test(a_bidirectional_one_with_the_id_of_its_command),
        cmocka_unit_test(a_reply_repeats_the_id),
        cmocka_unit_test(
            a_push_of_the_server_is_wrapped_where_there_are_replies),
        cmocka_unit_test(the_room_promised_is_enough),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
