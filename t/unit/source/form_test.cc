#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/form.h"

using namespace onair;
using namespace onair::source;

namespace {

// name=value, one a line, as decoded.
std::string pairs(std::string_view text)
{
    std::vector<uint8_t> memory(text.size() + 1);
    Arena arena(memory);
    FormReader reader(text, arena);
    std::string all;
    while (reader.next()) {
        all += std::string(reader.name()) + "=" + std::string(reader.value()) +
               "\n";
    }
    assert_false(arena.full());
    return all;
}

void pairs_come_in_order(void**)
{
    assert_string_equal(pairs("a=1&b=2&a=3").c_str(), "a=1\nb=2\na=3\n");
    assert_string_equal(pairs("a=b=c").c_str(), "a=b=c\n");
    assert_string_equal(pairs("song=A;B").c_str(), "song=A;B\n");
}

void what_is_empty_is_left_out_and_what_lacks_a_part_is_not(void**)
{
    assert_string_equal(pairs("").c_str(), "");
    assert_string_equal(pairs("&&").c_str(), "");
    assert_string_equal(pairs("&a&").c_str(), "a=\n");
    assert_string_equal(pairs("a=&=b").c_str(), "a=\n=b\n");
    assert_string_equal(pairs("=").c_str(), "=\n");
}

void names_and_values_are_decoded(void**)
{
    assert_string_equal(pairs("so%6Eg=A+%26+B%3d%C3%a9").c_str(),
                        "song=A & B=é\n");
    assert_string_equal(pairs("a=%2B+%25").c_str(), "a=+ %\n");
    assert_true(pairs("a=%00x") == std::string("a=\0x\n", 5));
}

void a_percent_sign_without_two_digits_is_itself(void**)
{
    assert_string_equal(pairs("a=100%").c_str(), "a=100%\n");
    assert_string_equal(pairs("a=%4").c_str(), "a=%4\n");
    assert_string_equal(pairs("a=%zz%4g%g4%").c_str(), "a=%zz%4g%g4%\n");
    assert_string_equal(pairs("a=%%41").c_str(), "a=%A\n");
    // What stands beside the digits in the table of characters is none.
    assert_string_equal(pairs("a=%/0%:0%@0%G0%`0").c_str(),
                        "a=%/0%:0%@0%G0%`0\n");
}

void what_needs_no_decoding_takes_no_memory(void**)
{
    Arena arena(Bytes{});
    FormReader reader("a=plain&b=pl%41in", arena);
    assert_true(reader.next());
    assert_true(reader.value() == "plain");
    assert_false(arena.full());
    assert_true(reader.next());
    assert_true(arena.full());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(pairs_come_in_order),
        cmocka_unit_test(
            what_is_empty_is_left_out_and_what_lacks_a_part_is_not),
        cmocka_unit_test(names_and_values_are_decoded),
        cmocka_unit_test(a_percent_sign_without_two_digits_is_itself),
        cmocka_unit_test(what_needs_no_decoding_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
