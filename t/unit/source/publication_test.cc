#include <stdlib.h>

#include <fstream>
#include <iterator>
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

#include "source/publication.h"

using namespace onair;
using namespace onair::source;

namespace {

class Read {
  public:
    Read(std::string type, std::string query, std::string body)
        : type_(std::move(type)),
          query_(std::move(query)),
          body_(std::move(body)),
          memory_(65536),
          arena_(memory_),
          result(read_publication(type_, query_, bytes_of(body_), Repair(),
                                  1760000000000, arena_, &why))
    {}

  private:
    std::string type_, query_, body_;
    std::vector<uint8_t> memory_;
    Arena arena_;

  public:
    std::string_view why;
    Result<Publication> result;
};

constexpr const char* kJsonType = "application/json; charset=utf-8";
constexpr const char* kFormType = "application/x-www-form-urlencoded";

void an_object_is_taken_by_its_allowed_members(void**)
{
    Read read(
        kJsonType, "",
        R"({"station":"/rock","artist":"A","title":1999,"album":"L",)"
        R"("art":"https://h/a.jpg","duration":200.5,"started":1760000012,)"
        R"("listeners":12,"on_air":true,"dj":"D","genre":"g",)"
        R"("filename":"/srv/x.mp3"})");
    const Report& report = read.result->report;
    assert_true(report.station == "rock" && report.on_air);
    assert_true(report.now.text == "A - 1999" && report.now.album == "L");
    assert_true(report.now.art == "https://h/a.jpg" && report.dj == "D");
    assert_int_equal(report.now.duration_ms, 200500);
    assert_int_equal(report.now.started, 1760000012000);
    assert_int_equal(report.listeners.current, 12);
    assert_true(read.result->has_track && read.result->has_on_air &&
                read.result->has_listeners && !read.result->updinfo);
}

void what_liquidsoap_sends_is_taken(void**)
{
    const char* from = getenv("ONAIR_FIXTURES");
    std::ifstream file(std::string(from != nullptr ? from : "t/fixtures") +
                           "/liquidsoap-2.1.3/post-on-metadata-pairs.http",
                       std::ios::binary);
    std::string http((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
    Read read("application/json", "station=live",
              http.substr(http.find("\r\n\r\n") + 4));
    const Report& report = read.result->report;
    assert_true(report.now.artist == "椎名林檎");
    assert_true(report.now.title == "丸ノ内 \"Q\" & <b>");
    assert_int_equal(report.now.started, 1795289977000);
    assert_true(report.on_air && report.station == "live");
}

void form_fields_are_taken(void**)
{
    Read read(kFormType, "", "artist=Bj%C3%B6rk&title=a+%26+b&duration=3:25\n");
    assert_true(read.result->report.now.text == "Björk - a & b");
    assert_int_equal(read.result->report.now.duration_ms, 205000);
    Read json(kFormType, "", R"({"title":"T"})");
    assert_true(json.result->report.now.title == "T");
}

void updinfo_is_taken_as_encoders_send_it(void**)
{
    Read read("", "mode=updinfo&mount=/rock&song=A+-+caf%C3%A9&pass=x", "");
    assert_true(read.result->updinfo && read.result->has_track);
    assert_true(read.result->report.station == "rock");
    assert_true(read.result->report.now.title == "café");
    Read latin("", "mode=updinfo&song=caf%E9&charset=ISO-8859-1", "");
    assert_true(latin.result->report.now.title == "café");
    Read wrong("", "mode=updinfo&song=caf%C3%A9&charset=latin1", "");
    assert_true(wrong.result->report.now.title == "café");
    Read none("", "mode=updinfo&song=caf%E9+%93x%94", "");
    assert_true(none.result->report.now.title == "café “x”");
    Read cleared("", "mode=updinfo&song=", "");
    assert_true(cleared.result->has_track);
    assert_true(cleared.result->report.now.text.empty());
}

void off_air_and_counts_may_come_alone(void**)
{
    Read off(kJsonType, "", R"({"on_air":false})");
    assert_true(off.result->has_on_air && !off.result->report.on_air);
    assert_false(off.result->has_track);
    Read count(kJsonType, "", R"({"listeners":{"current":3,"peak":9}})");
    assert_int_equal(count.result->report.listeners.peak, 9);
    assert_false(count.result->has_on_air);
    Read poll("", "poll=now&mount=/a", "");
    assert_true(poll.result->poll && !poll.result->has_track);
}

void what_is_refused_is_said_why(void**)
{
    struct Case {
        const char* type;
        const char* query;
        const char* body;
        Fault fault;
        const char* why;
    };
    const Case cases[] = {
        {"multipart/form-data; boundary=x", "", "--x", Fault::kBadRequest,
         "multipart bodies are not taken, send JSON or form fields"},
        {kJsonType, "", "{\"title\":", Fault::kNotJson, "body is not JSON"},
        {kJsonType, "", "[1]", Fault::kBadRequest,
         "body is neither an object nor [key, value] pairs"},
        {"", "mode=updinfo", "", Fault::kBadRequest, "song is missing"},
        {"", "mode=viewxml", "", Fault::kBadRequest, "mode is not updinfo"},
        {"", "station=%01&title=x", "", Fault::kBadRequest,
         "station is no usable name"},
        {"", "listeners=many", "", Fault::kBadRequest,
         "listeners is no number"},
        {"text/plain", "", "hello", Fault::kBadRequest,
         "body is neither JSON nor form fields"},
        {"", "", "", Fault::kBadRequest,
         "nothing that is known: artist, title, text, listeners, on_air"},
    };
    for (const Case& one : cases) {
        Read read(one.type, one.query, one.body);
        assert_false(read.result.ok());
        assert_int_equal(read.result.fault(), one.fault);
        assert_string_equal(std::string(read.why).c_str(), one.why);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_taken_by_its_allowed_members),
        cmocka_unit_test(what_liquidsoap_sends_is_taken),
        cmocka_unit_test(form_fields_are_taken),
        cmocka_unit_test(updinfo_is_taken_as_encoders_send_it),
        cmocka_unit_test(off_air_and_counts_may_come_alone),
        cmocka_unit_test(what_is_refused_is_said_why),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
