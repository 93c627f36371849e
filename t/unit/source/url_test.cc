// clean_url() and station_name() of source/url.h.
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/url.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string url(std::string_view text, size_t limit = kMaxUrl)
{
    std::vector<uint8_t> memory(4096);
    Arena arena(memory);
    return std::string(clean_url(text, limit, arena));
}

void a_url_is_one_that_a_page_may_use(void**)
{
    assert_string_equal(url(" https://h/a.jpg?x=1&y=2 ").c_str(),
                        "https://h/a.jpg?x=1&y=2");
    assert_string_equal(url("HTTP://Host/A").c_str(), "HTTP://Host/A");
    assert_string_equal(url("//cdn.example/a").c_str(), "//cdn.example/a");
    for (const char* bad :
         {"javascript:alert(1)", "data:image/png;base64,x", "http://",
          "http:///x", "ftp://h/", "x", "", " \t", "http:", "https:/h",
          "java\nscript:", "\x01http://h/"}) {
        assert_string_equal(url(bad).c_str(), "");
    }
}

void what_is_not_safe_in_an_attribute_is_percent_encoded(void**)
{
    assert_string_equal(url("/a b\"é").c_str(), "/a%20b%22%C3%A9");
    assert_string_equal(url("/'<>\\^`{|}~%20").c_str(),
                        "/%27%3C%3E%5C%5E%60%7B%7C%7D~%20");
    assert_string_equal(url("/\xff").c_str(), "/%FF");
}

void a_control_byte_makes_it_no_url(void**)
{
    for (const char* bad :
         {"http://h/\n<script>", "/a\x01", "/a\x7f", "/a\rb", "/a\tb"}) {
        assert_string_equal(url(bad).c_str(), "");
    }
    assert_string_equal(url(std::string("/a\0b", 4)).c_str(), "");
}

void half_a_url_is_none(void**)
{
    std::string longest = "/" + std::string(kMaxUrl - 1, 'x');
    assert_true(url(longest) == longest);
    assert_string_equal(url(longest + "x").c_str(), "");
    // Short enough as it came, but not once it is encoded.
    std::string quotes = "/" + std::string(kMaxUrl / 3, '"');
    assert_int_equal(url(quotes).size(), 1 + kMaxUrl / 3 * 3);
    assert_string_equal(url(quotes + "\"").c_str(), "");
    assert_string_equal(url("/a b", 6).c_str(), "/a%20b");
    assert_string_equal(url("/a b", 5).c_str(), "");
}

void without_memory_there_is_no_url(void**)
{
    std::vector<uint8_t> memory(5);
    Arena arena(memory);
    assert_true(clean_url("/a b", kMaxUrl, arena).empty());
    assert_true(arena.full());
}

void a_station_is_named_by_its_mount(void**)
{
    assert_true(station_name("http://h:8000/live/rock.mp3?x") ==
                "live/rock.mp3");
    assert_true(station_name("http://h/a#b?c") == "a");
    assert_true(station_name("/rock") == "rock");
    assert_true(station_name(" rock ") == "rock");
    assert_true(station_name("//rock") == "/rock");
    assert_true(station_name("radio é 日本") == "radio é 日本");
    assert_true(station_name("a/b?u=http://h/c") == "a/b");
}

void what_cannot_be_a_name_is_none(void**)
{
    for (const char* bad :
         {"", " ", "/", "?x", "http://h:8000/", "http://h:8000", "http://h?x/a",
          "/a\x01", "/a\xff", "/a\tb", "a\u2028b", "a\u200bb", "a\u202eb",
          "a\ufeff"}) {
        assert_true(station_name(bad).empty());
    }
    std::string longest(kMaxName, 'x');
    assert_true(station_name("/" + longest) == longest);
    assert_true(station_name("/" + longest + "x").empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_one_that_a_page_may_use),
        cmocka_unit_test(what_is_not_safe_in_an_attribute_is_percent_encoded),
        cmocka_unit_test(a_control_byte_makes_it_no_url),
        cmocka_unit_test(half_a_url_is_none),
        cmocka_unit_test(without_memory_there_is_no_url),
        cmocka_unit_test(a_station_is_named_by_its_mount),
        cmocka_unit_test(what_cannot_be_a_name_is_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
