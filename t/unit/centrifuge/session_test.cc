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

#include "centrifuge/session.h"

using namespace onair;
using namespace onair::centrifuge;

namespace {

Command command(Method method, std::string_view channel = {})
{
    Command made;
    made.id = 1;
    made.method = method;
    made.channel = channel;
    return made;
}

Standing connected()
{
    Standing standing;
    standing.connected = true;
    return standing;
}

void ends(const Verdict& verdict, uint16_t code)
{
    assert_int_equal(verdict.act, Act::kEnd);
    assert_int_equal(verdict.closing.code, code);
}

void refuses(const Verdict& verdict, uint16_t code)
{
    assert_int_equal(verdict.act, Act::kRefuse);
    assert_int_equal(verdict.error.code, code);
}

void a_connection_begins_with_connect_and_only_once(void**)
{
    assert_int_equal(judge(command(Method::kConnect), {}).act, Act::kConnect);
    ends(judge(command(Method::kConnect), connected()), 3501);
    ends(judge(command(Method::kSubscribe, "station:a"), {}), 3501);
    ends(judge(command(Method::kPong), {}), 3501);
}

void a_station_is_subscribed_to_once(void**)
{
    Standing standing = connected();
    Verdict verdict = judge(command(Method::kSubscribe, "onair:a"), standing);
    assert_int_equal(verdict.act, Act::kSubscribe);
    assert_int_equal(verdict.channel.space, Space::kSnapshot);
    assert_true(verdict.channel.name == "a");
    standing.subscribed = true;
    refuses(judge(command(Method::kSubscribe, "onair:a"), standing), 105);
}

void a_channel_that_nobody_knows_is_told(void**)
{
    Standing standing = connected();
    refuses(judge(command(Method::kSubscribe, "news"), standing), 102);
    refuses(judge(command(Method::kSubscribe, ""), standing), 102);
    standing.known = false;
    refuses(judge(command(Method::kSubscribe, "station:a"), standing), 102);
}

void a_connection_has_so_many_channels(void**)
{
    Standing standing = connected();
    standing.channels = kMaxChannels - 1;
    assert_int_equal(
        judge(command(Method::kSubscribe, "station:a"), standing).act,
        Act::kSubscribe);
    standing.channels = kMaxChannels;
    refuses(judge(command(Method::kSubscribe, "station:a"), standing), 106);
}

void to_leave_a_channel_is_always_done(void**)
{
    for (const char* channel : {"station:a", "news", ""}) {
        assert_int_equal(
            judge(command(Method::kUnsubscribe, channel), connected()).act,
            Act::kUnsubscribe);
    }
}

void what_only_a_room_does_is_not_available_elsewhere(void**)
{
    for (Method method : {Method::kPublish, Method::kPresence,
                          Method::kPresenceStats, Method::kHistory}) {
        Standing standing = connected();
        refuses(judge(command(method, "station:a"), standing), 108);
        refuses(judge(command(method, "room:a"), standing), 108);
        refuses(judge(command(method, "news"), standing), 102);
        standing.rooms = true;
        refuses(judge(command(method, "room:a"), standing), 103);
        standing.subscribed = true;
        Command asked = command(method, "room:a");
        if (method == Method::kPublish) {
            refuses(judge(asked, standing), 107);
        }
        asked.data = "{}";
        Verdict verdict = judge(asked, standing);
        assert_int_equal(verdict.act, Act::kRoom);
        assert_true(verdict.channel.name == "a");
        refuses(judge(command(method, "station:a"), standing), 108);
    }
    Standing standing = connected();
    refuses(judge(command(Method::kSubscribe, "room:a"), standing), 102);
    standing.rooms = true;
    assert_int_equal(judge(command(Method::kSubscribe, "room:a"), standing).act,
                     Act::kRoom);
    standing.known = false;
    refuses(judge(command(Method::kSubscribe, "room:a"), standing), 102);
    assert_int_equal(
        judge(command(Method::kUnsubscribe, "room:a"), standing).act,
        Act::kRoom);
}

void the_rest_has_an_answer_each(void**)
{
    Standing standing = connected();
    assert_int_equal(judge(command(Method::kPong), standing).act,
                     Act::kNothing);
    assert_int_equal(judge(command(Method::kSend), standing).act,
                     Act::kNothing);
    assert_int_equal(judge(command(Method::kPing), standing).act, Act::kAnswer);
    refuses(judge(command(Method::kRpc), standing), 108);
    refuses(judge(command(Method::kRefresh), standing), 108);
    refuses(judge(command(Method::kSubRefresh), standing), 108);
    refuses(judge(command(Method::kUnknown), standing), 104);
}

Recovery recovery(std::string_view epoch, uint64_t offset)
{
    Position position{true, epoch, offset};
    return recovery_of(position, 0x00f0a1c2, 42);
}

void who_was_nowhere_gets_the_latest(void**)
{
    assert_int_equal(recovery("", 0), Recovery::kLatest);
}

void who_has_all_gets_nothing_and_who_missed_some_gets_it(void**)
{
    assert_int_equal(recovery("00f0a1c2", 42), Recovery::kNothing);
    assert_int_equal(recovery("00f0a1c2", 41), Recovery::kReplay);
    assert_int_equal(recovery("00f0a1c2", 0), Recovery::kReplay);
}

void who_comes_from_elsewhere_is_told_so(void**)
{
    assert_int_equal(recovery("10f0a1c2", 42), Recovery::kLost);
    assert_int_equal(recovery("f0a1c2", 42), Recovery::kLost);
    assert_int_equal(recovery("00F0A1C2", 42), Recovery::kLost);
    assert_int_equal(recovery("00f0a1c2", 43), Recovery::kLost);
    assert_int_equal(recovery("", 42), Recovery::kLost);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_begins_with_connect_and_only_once),
        cmocka_unit_test(a_station_is_subscribed_to_once),
        cmocka_unit_test(a_channel_that_nobody_knows_is_told),
        cmocka_unit_test(a_connection_has_so_many_channels),
        cmocka_unit_test(to_leave_a_channel_is_always_done),
        cmocka_unit_test(what_only_a_room_does_is_not_available_elsewhere),
        cmocka_unit_test(the_rest_has_an_answer_each),
        cmocka_unit_test(who_was_nowhere_gets_the_latest),
        cmocka_unit_test(who_has_all_gets_nothing_and_who_missed_some_gets_it),
        cmocka_unit_test(who_comes_from_elsewhere_is_told_so),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
