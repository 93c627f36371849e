#include "room/raw_json.h"

#include "unit/room/rig.h"

using namespace onair;
using namespace onair::room;

namespace {

std::string values_of(std::string_view object)
{
    std::string all;
    RawMembers members(object);
    std::string_view value;
    while (members.next(&value)) {
        all.append(value).push_back('|');
    }
    return all;
}

void values_come_as_they_were_written(void**)
{
    assert_string_equal(values_of("{}").c_str(), "");
    assert_string_equal(values_of(R"({"a":1})").c_str(), "1|");
    assert_string_equal(
        values_of(" { \"a\" : 1.0e+2 ,\t\"b\":null,\n\"c\": true } ").c_str(),
        "1.0e+2|null|true|");
    assert_string_equal(
        values_of(R"({"a":{"x":[1, {"y":"}]"}]},"b":[[],{}]})").c_str(),
        R"({"x":[1, {"y":"}]"}]}|[[],{}]|)");
}

void strings_end_where_they_end(void**)
{
    assert_string_equal(
        values_of(R"({"a\"}:,":"x\\","b":"\\\"","c":"é \u00e9"})").c_str(),
        R"("x\\"|"\\\""|"é \u00e9"|)");
}

// Callers have had it checked; what has no end is no reason to read on.
void text_that_is_cut_ends_within_it(void**)
{
    std::string_view whole = R"({"a":{"b":["c\"d",1]},"e":"f"})";
    for (size_t i = 0; i <= whole.size(); i++) {
        std::string cut(whole.substr(0, i));
        std::string all = values_of({cut.data(), cut.size()});
        assert_true(all.size() <= cut.size());
    }
}

void whole_numbers_are_whole(void**)
{
    assert_int_equal(*read_whole("0", 9), 0);
    assert_int_equal(*read_whole("9", 9), 9);
    assert_true(*read_whole("9999999999999999999", UINT64_MAX) ==
                9999999999999999999u);
    for (const char* text : {"10", "-1", "1.0", "1e0", " 1", "\"1\"", "true"}) {
        assert_false(read_whole(text, 9).ok());
    }
    assert_false(read_whole("18446744073709551616", UINT64_MAX).ok());
}

void seconds_are_milliseconds(void**)
{
    assert_int_equal(*read_ms("2", 9000), 2000);
    assert_int_equal(*read_ms("0.5", 9000), 500);
    assert_int_equal(*read_ms("1.2345", 9000), 1234);
    assert_int_equal(*read_ms("9.000", 9000), 9000);
    for (const char* text :
         {"9.001", "10", "-1", "1..2", "1e1", "null", "1234567890123456"}) {
        assert_false(read_ms(text, 9000).ok());
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(values_come_as_they_were_written),
        cmocka_unit_test(strings_end_where_they_end),
        cmocka_unit_test(text_that_is_cut_ends_within_it),
        cmocka_unit_test(whole_numbers_are_whole),
        cmocka_unit_test(seconds_are_milliseconds),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
