#include <string>

#include "unit/cmocka.h"

#include "answer.h"
#include "source/format.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string json_is(std::string_view body)
{
    std::vector<uint8_t> memory(14 * body.size() + 1024);
    Arena arena(memory);
    Result<Json> json = Json::read(bytes_of(body), arena);
    assert_true(json.ok());
    Result<Format> format = detect_json(json->root());
    return std::string(format.ok() ? word_of(*format) : word(format.fault()));
}

std::string markup_is(std::string_view body)
{
    Result<Format> format = detect_markup(body);
    return std::string(format.ok() ? word_of(*format) : word(format.fault()));
}

void a_document_is_known_by_what_only_it_has(void**)
{
    const struct {
        const char* body;
        const char* format;
    } rows[] = {
        {R"({"icestats":{}})", "icecast"},
        {R"({"icestats":{"source":[]},"epoch":1,"seq":2})", "icecast"},
        {R"([{"name":"icestats","ns":"x"},{}])", "icecast2.5"},
        {R"([])", "azuracast"},
        {R"([{"station":{},"now_playing":null,"is_online":false}])",
         "azuracast"},
        {R"({"station":{},"now_playing":{},"is_online":true})", "azuracast"},
        {R"({"station":"x","epoch":"68f0a1c2","seq":1})", "onair"},
        {R"([{"station":"x","epoch":"68f0a1c2","seq":1}])", "onair"},
        {R"({"streamstatus":0})", "shoutcast"},
        {R"({"totalstreams":2})", "shoutcast"},
        {R"({"schedulerTime":"x"})", "libretime"},
        {R"({"AIRTIME_API_VERSION":"1"})", "libretime"},
        {R"({"station":{"schedulerTime":"x"}})", "libretime"},
        {R"({"status":"online","current_track":{}})", "radioco"},
    };
    for (const auto& row : rows) {
        assert_string_equal(json_is(row.body).c_str(), row.format);
    }
}

void what_has_only_a_part_of_it_is_unknown(void**)
{
    for (const char* body :
         {R"({})", R"({"icestats":null})", R"({"icestats":"x"})",
          R"([{"name":"other"}])", R"([[]])",
          R"({"station":{},"now_playing":{}})",
          R"({"station":"x","now_playing":{},"is_online":true})",
          R"({"epoch":"68f0a1c2"})", R"({"seq":1})", R"({"status":"online"})",
          R"({"current_track":{}})", R"("text")", R"({"stream":1})"}) {
        assert_string_equal(json_is(body).c_str(), "unknown_format");
    }
}

void seven_fields_are_a_shoutcast_page(void**)
{
    assert_string_equal(markup_is("1,1,2,3,1,128,x").c_str(), "shoutcast1");
    assert_string_equal(
        markup_is("<html><body>0,0,0,0,0,0,</body></html>").c_str(),
        "shoutcast1");
    // Digits and commas of the head are not those of the page.
    assert_string_equal(
        markup_is("<!DOCTYPE html><head><meta charset=utf-8><title>7, a page"
                  "</title></head><body>1,1,2,3,1,128,x</body>")
            .c_str(),
        "shoutcast1");
    assert_string_equal(markup_is("1,1,2,3,1,128").c_str(), "unknown_format");
    assert_string_equal(markup_is("<p>1,1</p>,2,3,1,128,x").c_str(),
                        "unknown_format");
    assert_string_equal(markup_is("<html></html>").c_str(), "unknown_format");
    assert_string_equal(markup_is("").c_str(), "unknown_format");
}

void the_root_makes_it_icecast_s_xml(void**)
{
    assert_string_equal(markup_is("<?xml?><icestats/>").c_str(), "icecast-xml");
    assert_string_equal(markup_is("<iceresponse/>").c_str(), "unknown_format");
    assert_string_equal(markup_is("<?xml?><SHOUTCASTSERVER/>").c_str(),
                        "shoutcast-xml");
}

// The first character decides which of the two is asked.
void what_begins_with_a_tag_or_a_digit_is_markup(void**)
{
    Answer page("\xef\xbb\xbf\r\n <html><body>3,1,9,50,2,128,A - B</body>");
    assert_int_equal(page.reports->format, Format::kShoutcast1);
    Answer bare("3,1,9,50,2,128,A - B");
    assert_int_equal(bare.reports->format, Format::kShoutcast1);
    Answer number("17");
    assert_int_equal(number.reports.fault(), Fault::kUnknownFormat);
    Answer json(" \n{\"totalstreams\":0}");
    assert_int_equal(json.reports->format, Format::kShoutcast2);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_known_by_what_only_it_has),
        cmocka_unit_test(what_has_only_a_part_of_it_is_unknown),
        cmocka_unit_test(seven_fields_are_a_shoutcast_page),
        cmocka_unit_test(the_root_makes_it_icecast_s_xml),
        cmocka_unit_test(what_begins_with_a_tag_or_a_digit_is_markup),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
