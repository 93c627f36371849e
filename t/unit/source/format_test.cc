#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

struct Case {
    const char* body;
    const char* odd;  // empty: all was read
};

void check(const std::vector<Case>& cases, const Options& options = Options())
{
    for (const Case& one : cases) {
        Answer answer(one.body, options);
        assert_true(answer.reports.ok());
        std::string odd(answer.reports->odd.member);
        odd += odd.empty() ? "" : " ";
        odd += answer.reports->odd.why;
        assert_string_equal(odd.c_str(), one.odd);
    }
}

void a_member_of_another_kind_is_named(void**)
{
    check({
        {R"({"icestats":{"source":{"listenurl":"/a","title":{"a":1}}}})",
         "title is an object"},
        {R"({"icestats":{"source":[{"listenurl":"/a"},{"listenurl":"/b",)"
         R"("metadata":{"title":["T"]}}]}})",
         "title is a list"},
        {R"({"icestats":{"source":{"listenurl":"/a","metadata":"T"}}})",
         "metadata is a text"},
        {R"({"icestats":{"source":"/a"}})", "source is a text"},
        {R"([{"name":"icestats"},{"source":{"/a":{"title":[1]}}}])",
         "title is a list"},
        {R"([{"name":"icestats"},{"source":{"/a":"T"}}])", "/a is a text"},
        {R"({"station":{"shortcode":"n"},"now_playing":"A - T",)"
         R"("is_online":true})",
         "now_playing is a text"},
        {R"({"station":{"shortcode":"n"},"now_playing":{"song":"A - T"},)"
         R"("is_online":true})",
         "song is a text"},
        {R"({"streamstatus":1,"songtitle":{"a":"T"}})",
         "songtitle is an object"},
        {R"({"status":"online","current_track":"T"})",
         "current_track is a text"},
        {R"({"epoch":"x","seq":1,"status":"live","station":"s","now":"T"})",
         "now is a text"},
        {R"({"schedulerTime":"x","current":{"name":["T"]}})", "name is a list"},
    });
}

void a_count_that_is_none_is_named(void**)
{
    check({
        {R"({"icestats":{"source":{"listenurl":"/a","listeners":"1,234"}}})",
         "listeners is no whole number"},
        {R"({"streamstatus":1,"currentlisteners":"many"})",
         "currentlisteners is no whole number"},
        {R"({"station":{"shortcode":"n"},"now_playing":null,)"
         R"("is_online":true,"listeners":{"total":"x"}})",
         "total is no whole number"},
        {R"({"station":{"shortcode":"n"},"now_playing":null,)"
         R"("is_online":true,"listeners":5})",
         "listeners is a text"},
        {"<icestats><source mount=\"/a\"><listenurl>/a</listenurl>"
         "<listeners>1 234</listeners></source></icestats>",
         "listeners is no whole number"},
    });
    Options options = only(Format::kJson);
    options.paths.text = "/t";
    options.paths.listeners = "/n";
    options.paths.started = "/s";
    options.paths.duration = "/d";
    check({{R"({"t":"T","n":"1 234"})", "listeners is no whole number"},
           {R"({"t":"T","s":"2026-11-21 19:29:12"})",
            "started is no time with its zone"},
           {R"({"t":"T","d":"3m"})", "duration is no number of seconds"}},
          options);
}

void what_says_nothing_is_not_odd(void**)
{
    check({
        {R"({"icestats":{"source":{"listenurl":"/a","title":null,)"
         R"("listeners":"","metadata":[],"playlist":{"x":[1]},)"
         R"("listener_peak":"-"}}})",
         ""},
        {R"({"icestats":{"source":[]}})", ""},
        {R"({"station":{"shortcode":"n"},"now_playing":false,)"
         R"("playing_next":[],"song_history":"","is_online":true})",
         ""},
        {R"({"epoch":"x","seq":1,"status":"offline","station":"s",)"
         R"("now":null,"stream":{},"listeners":{"current":-1}})",
         ""},
    });
    Options options = only(Format::kJson);
    options.paths.text = "/t";
    options.paths.duration = "/d";
    check({{R"({"t":"T","d":0})", ""},
           {R"({"t":"T","d":-1})", ""},
           {R"({"t":{}})", ""}},
          options);
}

void a_name_that_does_not_belong_in_a_log_is_left_out(void**)
{
    check({{"[{\"name\":\"icestats\"},{\"source\":{\"/a\\nb\":\"T\"}}]",
            "is a text"}});
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_member_of_another_kind_is_named),
        cmocka_unit_test(a_count_that_is_none_is_named),
        cmocka_unit_test(what_says_nothing_is_not_odd),
        cmocka_unit_test(a_name_that_does_not_belong_in_a_log_is_left_out),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
