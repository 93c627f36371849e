#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/json.h"
#include "source/mend.h"

using namespace onair;
using namespace onair::source;

namespace {

struct Case {
    std::string in;
    std::string out;  // empty: not mended
};

void check(const std::vector<Case>& cases)
{
    for (const Case& one : cases) {
        std::vector<char> room(mended_room(one.in.size()));
        Result<Mended> mended = mend(one.in, room);
        std::string out =
            mended ? std::string(room.data(), mended->size) : std::string();
        assert_string_equal(out.c_str(), one.out.c_str());
    }
}

void bare_words_become_strings_of_their_source_text(void**)
{
    check({{R"({"a":-,"b": - ,"c":.5,"d":1e,"e":-05})",
            R"({"a":"-","b":"-","c":".5","d":"1e","e":"-05"})"},
           {R"([1999, true ,1e999,  42  ])", R"(["1999","true","1e999","42"])"},
           {R"({"a":12 monkeys})", R"({"a":"12 monkeys"})"},
           {R"({"a":null,"b":})", R"({"a":null,"b":null})"},
           {R"([\,\])", R"(["\\","\\"])"}});
}

void a_brace_that_is_missing_is_put_in(void**)
{
    check({{R"({"icestats":"server_start":"Sat","dummy":null}})",
            R"({"icestats":{"server_start":"Sat","dummy":null}})"},
           {R"({"a":"b":"c":1}}})", R"({"a":{"b":{"c":"1"}}})"},
           {R"({"a":"b":1})", ""}});
}

void strings_are_taken_as_they_are_meant(void**)
{
    check({{"[\"a\x01"
            "b\tc\"]",
            "[\"a\x7f"
            "b c\"]"},
           {R"(["say "hi" now"])", R"(["say \"hi\" now"])"},
           {R"(["AC\DC\u12"])", R"(["AC\\DC\\u12"])"},
           {R"(["\ud83d\ude00\ud83d"])", R"(["\ud83d\ude00\ufffd"])"},
           {R"(["\"\\\/\n"])", R"(["\"\\\/\n"])"}});
}

void a_comma_too_many_at_the_end_is_left_out(void**)
{
    check({{"[1,]", R"(["1"])"},
           {R"({"a":1,})", R"({"a":"1"})"},
           {"[,]", ""},
           {"[1,,2]", ""}});
}

void what_is_cut_or_crossed_stays_bad(void**)
{
    check({{"", ""},
           {"{", ""},
           {"[1", ""},
           {"[\"a", ""},
           {"[1}", ""},
           {"{\"a\":1]", ""},
           {"[1]]", ""},
           {"[1] x", ""},
           {"x", ""},
           {"\"a\\", ""},
           {"{\"a\" 1}", ""}});
}

void depth_is_bounded(void**)
{
    std::string in(kMaxDepth + 1, '[');
    std::vector<char> room(mended_room(in.size()));
    Result<Mended> mended = mend(in, room);
    assert_int_equal(mended.fault(), Fault::kTooDeep);
    std::string fits =
        std::string(kMaxDepth, '[') + std::string(kMaxDepth, ']');
    check({{fits, fits}});
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(bare_words_become_strings_of_their_source_text),
        cmocka_unit_test(a_brace_that_is_missing_is_put_in),
        cmocka_unit_test(strings_are_taken_as_they_are_meant),
        cmocka_unit_test(a_comma_too_many_at_the_end_is_left_out),
        cmocka_unit_test(what_is_cut_or_crossed_stays_bad),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
