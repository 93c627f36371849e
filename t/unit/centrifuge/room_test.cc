#include <string>
#include <string_view>
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
#include "centrifuge/room.h"

using namespace onair;
using namespace onair::centrifuge;

namespace {

template <typename Write>
std::string written(size_t most, Write write)
{
    std::vector<char> room(most);
    Writer out(room);
    write(out);
    assert_true(out.ok());
    return std::string(out.view());
}

room::Message said(std::string_view value)
{
    room::Message m;
    m.seq = 42;
    m.time = 1760000030123;
    m.sender = 7;
    m.from_id = "m3";
    m.from_name = "Anna";
    m.role = room::Role::kHost;
    m.said = value;
    return m;
}

std::string push(const room::Message& m)
{
    return written(most_of("rock", m),
                   [&](Writer& out) { write_push(out, "rock", m); });
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

void what_is_said_is_a_publication(void**)
{
    std::string text = push(said(R"({"a":[1]})"));
    assert_true(has(text, R"({"push":{"channel":"room:rock","pub":)"
                          R"({"data":{"a":[1]},"info":{"user":"m3",)"));
    assert_true(has(text, R"("conn_info":{"name":"Anna","role":"host"}},)"
                          R"("offset":42,"time":1760000030123}}})"));
    assert_false(has(text, "tags"));
}

void a_publication_is_one_line_whatever_was_said(void**)
{
    std::string text = push(said("{\r\n\"a\":\n1}"));
    assert_false(has(text, "\n"));
    assert_false(has(text, "\r"));
    assert_true(has(text, "{  \"a\": 1}"));
}

void coming_and_going_are_no_publications(void**)
{
    room::Message m = said({});
    m.kind = room::Kind::kEntered;
    assert_false(is_publication(m));
    assert_true(has(push(m), R"("join":{"info":{"user":"m3")"));
    m.kind = room::Kind::kLeft;
    assert_false(is_publication(m));
    assert_true(has(push(m), R"("leave":{"info":{"user":"m3")"));
}

void what_is_no_message_says_its_type_and_whom_it_is_for(void**)
{
    room::Message m = said("\"break\"");
    m.kind = room::Kind::kEvent;
    m.type = "notice";
    m.to = room::To::kOne;
    m.to_id = "m9";
    assert_true(has(push(m), R"("tags":{"type":"notice","to":"m9"})"));
    assert_false(has(push(m), "info"));
    m = said("[41,42]");
    m.kind = room::Kind::kDeleted;
    assert_true(has(push(m), R"("data":{"offsets":[41,42]})"));
    assert_true(has(push(m), R"("tags":{"type":"deleted"})"));
    m.said = {};
    assert_true(has(push(m), R"("data":{"user":"m3"})"));
    m.kind = room::Kind::kCleared;
    assert_true(has(push(m), R"("data":{},)"));
}

void texts_of_any_length_find_room(void**)
{
    std::string odd(room::kMaxId, '\x01');
    room::Message m = said("1");
    m.kind = room::Kind::kMessage;
    m.from_id = m.from_name = m.to_id = odd;
    m.to = room::To::kOne;
    static_cast<void>(push(m));
    room::Member member;
    member.id = member.name = odd;
    written(most_about("rock"),
            [&](Writer& out) { write_present(out, member); });
    written(most_about("rock") + 8,
            [&](Writer& out) { write_you(out, member, "token"); });
}

void two_connections_have_two_names(void**)
{
    auto name = [](uint64_t sender) {
        return written(32, [&](Writer& out) { write_client(out, sender); });
    };
    assert_int_equal(name(1).size(), 18);
    assert_true(name(1) != name(2));
    assert_true(name(1) == name(1));
}

std::string refusal(room::Refusal why, uint32_t wait_ms = 0)
{
    return written(kMostOfReply, [&](Writer& out) {
        write_refusal(out, 5, {why, wait_ms, 0});
    });
}

void a_refusal_says_why_and_how_long_to_wait(void**)
{
    assert_string_equal(
        refusal(room::Refusal::kSlow, 3500).c_str(),
        R"({"id":5,"error":{"code":111,"message":"the room is in slow mode, )"
        R"(wait 3.500 s","temporary":true}})");
    assert_true(has(refusal(room::Refusal::kViewer), R"("code":103)"));
    assert_true(has(refusal(room::Refusal::kBanned, 1), R"("code":103)"));
    assert_true(has(refusal(room::Refusal::kTooLong), R"("code":106)"));
    assert_true(has(refusal(room::Refusal::kBusy), R"("code":100)"));
    for (size_t i = 1; i < room::kRefusals; i++) {
        refusal(static_cast<room::Refusal>(i), UINT32_MAX);
    }
}

class Read {
  public:
    explicit Read(std::string_view text)
        : arena_(memory_), reader_(text, arena_)
    {
        Result<bool> more = reader_.next(&command);
        assert_true(more.ok() && *more);
    }
    Command command;

  private:
    uint8_t memory_[65536] = {};
    Arena arena_;
    CommandReader reader_;
};

void what_is_published_stays_as_it_came(void**)
{
    Read read(
        R"({"id":1,"publish":{"channel":"room:a","data": {"x": [1, 2 ]} }})");
    assert_true(read.command.data == R"({"x": [1, 2 ]})");
    Read bare(R"({"publish":{"data":"a\"}b"},"id":2})");
    assert_true(bare.command.data == R"("a\"}b")");
    Read none(R"({"id":1,"publish":{"channel":"room:a"}})");
    assert_true(none.command.data.empty());
    Read other(R"({"id":1,"history":{"data":1}})");
    assert_true(other.command.data.empty());
}

void a_guise_is_two_texts_or_nothing(void**)
{
    Read full(R"({"id":1,"subscribe":{"data":{"name":"Anna","token":"t"}}})");
    assert_true(guise_of(full.command).name == "Anna");
    assert_true(guise_of(full.command).token == "t");
    for (std::string_view odd :
         {R"({"id":1,"subscribe":{}})", R"({"id":1,"subscribe":{"data":7}})",
          R"({"id":1,"subscribe":{"data":"x"}})",
          R"({"id":1,"subscribe":{"data":{"name":7,"token":[]}}})"}) {
        Read read(odd);
        assert_true(guise_of(read.command).name.empty());
        assert_true(guise_of(read.command).token.empty());
    }
}

void a_history_is_asked_for_with_a_limit(void**)
{
    auto wish = [](std::string_view text) {
        std::string whole = R"({"id":1,"history":)" + std::string(text) + "}";
        Read read(whole);
        return read_history(read.command);
    };
    assert_int_equal(wish("{}")->limit, 0);
    assert_int_equal(wish(R"({"limit":7})")->limit, 7);
    assert_true(wish(R"({"limit":-1})")->limit == UINT64_MAX);
    assert_true(wish(R"({"reverse":true})")->reverse);
    assert_int_equal(wish(R"({"since":{"offset":9}})")->since.offset, 9);
    assert_false(wish(R"({"limit":1})")->has_since);
    for (std::string_view bad : {R"({"limit":-2})", R"({"limit":"7"})",
                                 R"({"limit":1.5})", R"({"limit":null})"}) {
        assert_int_equal(wish(bad).fault(), Fault::kBadRequest);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_is_a_publication),
        cmocka_unit_test(a_publication_is_one_line_whatever_was_said),
        cmocka_unit_test(coming_and_going_are_no_publications),
        cmocka_unit_test(what_is_no_message_says_its_type_and_whom_it_is_for),
        cmocka_unit_test(texts_of_any_length_find_room),
        cmocka_unit_test(two_connections_have_two_names),
        cmocka_unit_test(a_refusal_says_why_and_how_long_to_wait),
        cmocka_unit_test(what_is_published_stays_as_it_came),
        cmocka_unit_test(a_guise_is_two_texts_or_nothing),
        cmocka_unit_test(a_history_is_asked_for_with_a_limit),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
