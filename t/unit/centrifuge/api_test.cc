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

#include "centrifuge/api.h"

using namespace onair;
using namespace onair::centrifuge;

namespace {

const std::string kNp =
    "{\"station\":{\"shortcode\":\"rock\"},\"now_playing\":{\"sh_id\":7,"
    "\"song\":{\"text\":\"A - B\"}},\"is_online\":true}";

std::string publish(const std::string& np,
                    const std::string& channel = "station:rock")
{
    return "{\"channel\":\"" + channel + "\",\"data\":{\"np\":" + np +
           ",\"triggers\":[],\"current_time\":1}}";
}

class Asked {
  public:
    Asked(std::string_view method, std::string body)
        : body_(std::move(body)),
          memory_(source::memory_for(body_.size(), options())),
          arena_(memory_),
          call(read_call(method, bytes_of(body_), options(), 5, arena_))
    {}
    static source::Options options()
    {
        source::Options made;
        made.originals = true;
        return made;
    }
    int error() const
    {
        assert_true(call.ok());
        return call->error.code;
    }

  private:
    std::string body_;
    std::vector<uint8_t> memory_;
    Arena arena_;

  public:
    Result<Call> call;
};

void an_azuracast_publishes_in_the_old_form_and_the_new(void**)
{
    Asked old("", "{\"method\":\"publish\",\"params\":" + publish(kNp) + "}");
    Asked now("publish", publish(kNp));
    for (const Asked* asked : {&old, &now}) {
        assert_int_equal(asked->error(), 0);
        const Report& report = asked->call->report;
        assert_true(report.station == "rock");
        assert_true(report.on_air);
        assert_true(report.now.text == "A - B");
        assert_true(report.original.text.find("\"sh_id\":7") !=
                    std::string_view::npos);
        assert_int_equal(report.original.said, 5);
    }
}

void the_channel_says_which_station_it_is(void**)
{
    Asked asked("publish", publish(kNp, "station:other"));
    assert_true(asked.call->report.station == "other");
}

void what_cannot_be_done_is_said_in_centrifugos_words(void**)
{
    assert_int_equal(Asked("publish", publish(kNp, "room:x")).error(), 102);
    assert_int_equal(Asked("publish", publish(kNp, "")).error(), 102);
    assert_int_equal(Asked("publish", publish("null")).error(), 107);
    assert_int_equal(Asked("publish", publish("{\"station\":{}}")).error(),
                     107);
    assert_int_equal(Asked("publish", "{}").error(), 107);
    assert_int_equal(Asked("publish", "{\"channel\":1,\"data\":{}}").error(),
                     107);
    assert_int_equal(Asked("presence", "{}").error(), 108);
    assert_int_equal(
        Asked("", "{\"method\":\"broadcast\",\"params\":{}}").error(), 108);
    assert_int_equal(Asked("", "{\"method\":\"dance\",\"params\":{}}").error(),
                     104);
    assert_int_equal(Asked("", "{}").error(), 104);
}

void what_is_no_call_is_a_fault(void**)
{
    assert_int_equal(Asked("", "x").call.fault(), Fault::kNotJson);
    assert_int_equal(Asked("publish", "[]").call.fault(), Fault::kBadRequest);
}

void an_address_may_name_the_method(void**)
{
    assert_true(method_in("/api/publish") == "publish");
    assert_true(method_in("/api/presence_stats") == "presence_stats");
    assert_true(method_in("/api").empty());
    assert_true(method_in("/publish/rock").empty());
    assert_true(method_in("").empty());
}

bool looks_like_a_call(std::string_view method, std::string_view body)
{
    std::vector<uint8_t> memory(65536);
    Arena arena(memory);
    bool is = is_call(method, bytes_of(body), arena);
    assert_int_equal(arena.used(), 0);
    return is;
}

void a_call_is_told_from_other_publications(void**)
{
    assert_true(
        looks_like_a_call("", "{\"method\":\"publish\",\"params\":{}}"));
    assert_true(looks_like_a_call("publish", "{\"channel\":1}"));
    assert_false(looks_like_a_call("publish", "{\"title\":\"x\"}"));
    assert_false(looks_like_a_call("", "{\"channel\":1}"));
    assert_false(looks_like_a_call("", "{\"title\":\"x\"}"));
    assert_false(looks_like_a_call("", "{\"method\":\"x\"}"));
    assert_false(looks_like_a_call("publish", "title=x"));
    assert_false(looks_like_a_call("", ""));
}

void an_answer_has_a_result_or_an_error(void**)
{
    char room[256];
    Writer good(room);
    write_published(good, 0x68f0a1c2, 4711);
    assert_true(good.view() ==
                "{\"result\":{\"offset\":4711,\"epoch\":\"68f0a1c2\"}}");
    Writer bad(room);
    write_refused(bad, kUnknownChannel);
    assert_true(bad.view() ==
                "{\"error\":{\"code\":102,\"message\":"
                "\"unknown channel\"}}");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_azuracast_publishes_in_the_old_form_and_the_new),
        cmocka_unit_test(the_channel_says_which_station_it_is),
        cmocka_unit_test(what_cannot_be_done_is_said_in_centrifugos_words),
        cmocka_unit_test(what_is_no_call_is_a_fault),
        cmocka_unit_test(an_address_may_name_the_method),
        cmocka_unit_test(a_call_is_told_from_other_publications),
        cmocka_unit_test(an_answer_has_a_result_or_an_error),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
