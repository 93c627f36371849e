#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/json_path.h"
#include "source/source.h"

using namespace onair;
using namespace onair::source;

namespace {

constexpr std::string_view kDocument =
    R"({"a":{"b":[10,{"c":"x"}],"":"empty","a/b":"slash","m~n":"tilde",)"
    R"("0":"zero","it's":"quote","x.y":"dot"},"list":[[1,2],[3]]})";

// The text at a path; "-" where there is nothing.
std::string at(std::string_view path)
{
    std::vector<uint8_t> memory(14 * kDocument.size() + 1024);
    Arena arena(memory);
    Result<Json> json = Json::read(bytes_of(kDocument), arena);
    assert_true(json.ok());
    JsonValue value = value_at(json->root(), path);
    return value.is_missing() ? "-" : std::string(value.text());
}

void a_pointer_leads_through_names_and_places(void**)
{
    assert_string_equal(at("/a/b/0").c_str(), "10");
    assert_string_equal(at("/a/b/1/c").c_str(), "x");
    assert_string_equal(at("/list/0/1").c_str(), "2");
    assert_string_equal(at("/a/").c_str(), "empty");
    assert_string_equal(at("/a/0").c_str(), "zero");
    assert_string_equal(at("/a/x.y").c_str(), "dot");
}

void a_pointer_escapes_slash_and_tilde(void**)
{
    assert_string_equal(at("/a/a~1b").c_str(), "slash");
    assert_string_equal(at("/a/m~0n").c_str(), "tilde");
    for (const char* bad : {"/a~", "/a~2", "/~/a"}) {
        assert_int_equal(check_path(bad).fault(), Fault::kBadPath);
        assert_string_equal(at(bad).c_str(), "-");
    }
}

void a_path_with_a_dollar_leads_the_same_way(void**)
{
    assert_string_equal(at("$.a.b[0]").c_str(), "10");
    assert_string_equal(at("$['a'][\"b\"][1].c").c_str(), "x");
    assert_string_equal(at("$.list[1][0]").c_str(), "3");
    assert_string_equal(at("$.a['x.y']").c_str(), "dot");
    assert_string_equal(at("$.a[\"it's\"]").c_str(), "quote");
    assert_string_equal(at("$.a['']").c_str(), "empty");
    assert_string_equal(at("$.a.0").c_str(), "zero");
}

void a_place_is_not_a_name_nor_the_other_way(void**)
{
    assert_string_equal(at("$.a[0]").c_str(), "-");
    assert_string_equal(at("$.list.0").c_str(), "-");
    assert_string_equal(at("$.list['0']").c_str(), "-");
    assert_string_equal(at("/list/00").c_str(), "-");
    assert_string_equal(at("/list/-").c_str(), "-");
}

void what_is_not_there_is_missing(void**)
{
    for (const char* path : {"", "/x", "/a/b/2", "/a/b/0/c", "$.x.y.z",
                             "$.list[9]", "$.list[999999999]"}) {
        assert_true(check_path(path).ok());
        assert_string_equal(at(path).c_str(), "-");
    }
}

void the_whole_document_has_a_path(void**)
{
    std::vector<uint8_t> memory(2048);
    Arena arena(memory);
    Result<Json> json = Json::read(bytes_of("\"only\""), arena);
    assert_true(json.ok());
    assert_true(value_at(json->root(), "$").text() == "only");
}

void what_is_no_path_is_refused(void**)
{
    for (const char* bad :
         {"a",       "a/b",  ".a",          "[0]",   "$a",    "$..a",
          "$.",      "$.a.", "$[",          "$[]",   "$[a]",  "$[-1]",
          "$[01]",   "$[1",  "$['a",        "$['a'", "$['a]", "$[1000000000]",
          "$.*",     "$[*]", "$.a[?(@.b)]", "$.a b", "$.a'b", "$[1:2]",
          "$['a'x]", "/-",   "/a/-",        "/a/-/b"}) {
        if (check_path(bad).ok()) {
            print_error("%s\n", bad);
        }
        assert_false(check_path(bad).ok());
        assert_int_equal(check_path(bad).fault(), Fault::kBadPath);
        assert_string_equal(at(bad).c_str(), "-");
    }
}

void steps_are_bounded_in_length_and_number(void**)
{
    std::string name(256, 'n');
    assert_true(check_path("/" + name).ok());
    assert_true(check_path("$." + name).ok());
    assert_false(check_path("/" + name + "n").ok());
    assert_false(check_path("$." + name + "n").ok());
    assert_false(check_path("$['" + name + "n']").ok());
    std::string path;
    for (size_t i = 0; i < kMaxDepth; i++) {
        path += "/a";
    }
    assert_true(check_path(path).ok());
    assert_false(check_path(path + "/a").ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_pointer_leads_through_names_and_places),
        cmocka_unit_test(a_pointer_escapes_slash_and_tilde),
        cmocka_unit_test(a_path_with_a_dollar_leads_the_same_way),
        cmocka_unit_test(a_place_is_not_a_name_nor_the_other_way),
        cmocka_unit_test(what_is_not_there_is_missing),
        cmocka_unit_test(the_whole_document_has_a_path),
        cmocka_unit_test(what_is_no_path_is_refused),
        cmocka_unit_test(steps_are_bounded_in_length_and_number),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
