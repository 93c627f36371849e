#include "engine/hearing.h"

#include <string>

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::engine;

namespace {

// All events of a text, one word each, with what they say.
std::string hear(std::string_view in, bool subscriber = false)
{
    Walker walker;
    Listener listener(subscriber);
    std::string out;
    while (!in.empty()) {
        size_t used = 0;
        Result<Item> item = walker.next(in, &used);
        assert_true(item.ok());
        in.remove_prefix(used);
        Result<Event> event = listener.hear(*item);
        if (!event.ok()) {
            return out + "strange";
        }
        switch (event->heard) {
            case Heard::kNothing:
                break;
            case Heard::kReply:
                out += "reply " + std::string(event->text) +
                       std::to_string(event->number) + " ";
                break;
            case Heard::kRefused:
                out += "refused " + std::string(event->text) + " ";
                break;
            case Heard::kSubscribed:
                out += "subscribed " + std::string(event->channel) + " ";
                break;
            case Heard::kUnsubscribed:
                out += "unsubscribed " + std::string(event->channel) + " ";
                break;
            case Heard::kPublished:
                out += "published " + std::string(event->channel) + "=" +
                       std::string(event->text) + " ";
                break;
            case Heard::kHead:
                out += "head " + std::to_string(event->epoch) + ":" +
                       std::to_string(event->seq) + " m" +
                       std::to_string(event->modes) +
                       (event->anew ? " anew " : " ");
                break;
            case Heard::kEntry:
                out += "entry " + std::to_string(event->seq) + "=" +
                       std::string(event->text) + " ";
                break;
        }
        out += event->whole ? "; " : "";
    }
    return out;
}

void replies_come_in_order_and_news_between_them(void**)
{
    assert_string_equal(
        hear("+PONG\r\n>3\r\n+message\r\n$2\r\nch\r\n$2\r\nhi\r\n:5\r\n-ERR "
             "no\r\n")
            .c_str(),
        "reply PONG0 ; published ch=hi reply 5 ; refused ERR no ; ");
}

void subscriptions_are_told(void**)
{
    assert_string_equal(hear(">3\r\n+subscribe\r\n$2\r\nch\r\n:1\r\n"
                             ">3\r\n+unsubscribe\r\n$2\r\nch\r\n:0\r\n")
                            .c_str(),
                        "subscribed ch unsubscribed ch ");
    assert_string_equal(
        hear("*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n", true).c_str(),
        "published ch=hi ");
}

void what_was_read_comes_one_by_one(void**)
{
    assert_string_equal(
        hear("*5\r\n$8\r\n0000000a\r\n$1\r\n7\r\n$1\r\n3\r\n:1\r\n*2\r\n"
             "*2\r\n$3\r\n7-0\r\n*2\r\n$1\r\nd\r\n$5\r\nseven\r\n"
             "*2\r\n$3\r\n6-0\r\n*2\r\n$1\r\nd\r\n$3\r\nsix\r\n+OK\r\n")
            .c_str(),
        "head 10:7 m3 anew entry 7=seven entry 6=six ; reply OK0 ; ");
    assert_string_equal(
        hear("*5\r\n$8\r\n0000000a\r\n$1\r\n7\r\n$1\r\n3\r\n:0\r\n*0\r\n")
            .c_str(),
        "head 10:7 m3 ; ");
}

void a_map_is_one_reply(void**)
{
    assert_string_equal(
        hear("%2\r\n+proto\r\n:3\r\n+modules\r\n*0\r\n+OK\r\n").c_str(),
        "; reply OK0 ; ");
}

void what_has_another_shape_is_strange(void**)
{
    for (std::string_view bad : {
             "*5\r\n:1\r\n",                               // epoch
             "*5\r\n$8\r\nxxxxxxxx\r\n",                   // likewise
             "*5\r\n$8\r\n0000000a\r\n$1\r\nx\r\n",        // seq
             "*5\r\n$8\r\n0000000a\r\n$1\r\n7\r\n:1\r\n",  // modes
             ">3\r\n+message\r\n:1\r\n",                   // channel
             ">3\r\n+message\r\n$2\r\nch\r\n:1\r\n",       // payload
         }) {
        assert_string_equal(hear(bad).c_str(), "strange");
    }
    std::string said = hear(
        "*5\r\n$8\r\n0000000a\r\n$1\r\n7\r\n$1\r\n0\r\n:0\r\n*1\r\n*2\r\n"
        "$1\r\nx\r\n");
    assert_true(said.ends_with("strange"));
    assert_string_equal(hear(">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n").c_str(),
                        "");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(replies_come_in_order_and_news_between_them),
        cmocka_unit_test(subscriptions_are_told),
        cmocka_unit_test(what_was_read_comes_one_by_one),
        cmocka_unit_test(a_map_is_one_reply),
        cmocka_unit_test(what_has_another_shape_is_strange),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
