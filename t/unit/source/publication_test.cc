#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/charset.h"
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
          memory_(publication_memory(type_, query_, bytes_of(body_))),
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

void the_set_that_a_publisher_names_is_heeded(void**)
{
    // Query, form body, type of the body, JSON: what each names is heeded.
    const struct {
        const char* type;
        const char* query;
        const char* body;
    } rows[] = {
        {"", "mode=updinfo&charset=windows-1251&song=%CC%EE%F0%E5", ""},
        {"", "song=%CC%EE%F0%E5&charset=CP1251", ""},
        {kFormType, "", "song=%CC%EE%F0%E5&charset=windows-1251"},
        {kFormType, "charset=windows-1251", "song=%CC%EE%F0%E5"},
        {"application/x-www-form-urlencoded; charset=windows-1251", "",
         "song=\xcc\xee\xf0\xe5"},
        {"application/json; charset=windows-1251", "",
         "{\"title\":\"\xcc\xee\xf0\xe5\"}"},
        {kJsonType, "charset=windows-1251", "{\"title\":\"\xcc\xee\xf0\xe5\"}"},
        {"application/json", "",
         "{\"title\":\"\xcc\xee\xf0\xe5\",\"charset\":\"cp1251\"}"},
        {"application/json", "",
         "[[\"title\",\"\xcc\xee\xf0\xe5\"],[\"charset\",\"cp1251\"]]"},
        {"application/json; charset=shift_jis", "",
         "{\"title\":\"\x83\x82\x81\x5c\",\"album\":\"x\"}"},
        // JSON that is UTF-8 is UTF-8, whatever is said of it.
        {"application/json; charset=windows-1251", "", "{\"title\":\"Море\"}"},
        {"application/json", "", R"({"title":"Море","charset":"cp1251"})"},
    };
    for (const auto& row : rows) {
        Read read(row.type, row.query, row.body);
        assert_true(read.result.ok());
        assert_true(read.result->report.now.title == "Море" ||
                    read.result->report.now.title == "モ―");
    }
    Read all("", "charset=cp1251&title=%CC&artist=%CC&album=%CC&dj=%CC", "");
    assert_true(all.result->report.now.text == "М - М");
    assert_true(all.result->report.now.album == "М");
    assert_true(all.result->report.dj == "М");
}

void a_set_that_nobody_knows_is_refused_beside_a_text_in_it(void**)
{
    const struct {
        const char* type;
        const char* query;
        const char* body;
    } rows[] = {
        {"", "mode=updinfo&charset=klingon&song=%CC", ""},
        {"", "song=%CC&charset=klingon", ""},
        {"", "song=%1B$B&charset=klingon", ""},
        {"application/x-www-form-urlencoded; charset=klingon", "", "song=%CC"},
        {"application/json; charset=klingon", "", "{\"title\":\"é\"}"},
        {"application/json", "", R"({"title":"é","charset":"klingon"})"},
    };
    for (const auto& row : rows) {
        Read read(row.type, row.query, row.body);
        assert_false(read.result.ok());
        assert_true(read.why == "charset \"klingon\" is not known");
    }
    Read plain("", "mode=updinfo&charset=klingon&song=A+-+T", "");
    assert_true(plain.result->report.now.text == "A - T");
    Read other("", "pass=%CC&charset=klingon&song=A+-+T", "");
    assert_true(other.result.ok());
    // No line of the log is anybody's to write.
    Read hostile("", "song=%CC&charset=%0Ax%3C", "");
    assert_true(hostile.why == "charset is not known");
}

void a_known_member_of_another_kind_is_refused(void**)
{
    const struct {
        const char* body;
        const char* why;
    } rows[] = {
        {R"({"title":{"text":"T"},"listeners":3})",
         "title is an object, not a text"},
        {R"({"title":"T","artist":["A","B"]})", "artist is a list, not a text"},
        {R"({"title":"T","started":{}})", "started is an object, not a text"},
        {R"([["title",["T"]],["artist","A"]])", "title is a list, not a text"},
        {R"({"now":"A - T","listeners":3})", "now is no object"},
        {R"({"now":["T"],"listeners":3})", "now is no object"},
        {R"({"title":"T","stream":"rock"})", "stream is no object"},
        {R"({"now":{"title":{"x":1}}})", "title is an object, not a text"},
        {R"({"title":"T","stream":{"name":[1]}})",
         "name is a list, not a text"},
        {R"({"title":"T","listeners":{"total":3}})",
         "listeners has no member that is known"},
        {R"({"now":{"songtitle":"T"},"on_air":true})",
         "now has no member that is known"},
        {R"({"title":"T","listeners":[3]})", "listeners is a list, not a text"},
        {R"({"title":"T","listeners":"1,234"})", "listeners is no number"},
        {R"({"title":"T","station":{"name":"x"}})",
         "station is an object, not a text"},
    };
    for (const auto& row : rows) {
        Read read(kJsonType, "", row.body);
        assert_false(read.result.ok());
        assert_int_equal(read.result.fault(), Fault::kBadRequest);
        assert_string_equal(std::string(read.why).c_str(), row.why);
    }
    // Nothing at all, and what nobody knows, may be of any kind.
    Read read(kJsonType, "",
              R"({"title":"T","now":null,"album":null,"x":{"title":"U"}})");
    assert_true(read.result->report.now.text == "T");
}

void a_detail_that_cannot_be_read_is_told(void**)
{
    Read read(kJsonType, "", R"({"title":"T","duration":"3m"})");
    assert_true(read.result->report.now.text == "T");
    assert_true(read.result->odd == "duration is no number of seconds");
    Read started("", "title=T&started=2026-11-21+19:29:12", "");
    assert_true(started.result->odd == "started is no time with its zone");
    for (const char* nothing :
         {"title=T&duration=0", "title=T&duration=", "title=T&duration=-1",
          "title=T&started=0&duration=1.8e2"}) {
        Read none("", nothing, "");
        assert_true(none.result->odd.empty());
    }
}

void what_azuracast_s_web_hook_says_is_read_as_a_poll_would(void**)
{
    const std::string body =
        R"({"station":{"shortcode":"n","name":"N FM","mounts":[)"
        R"({"format":"mp3","bitrate":192}]},"listeners":{"total":6,)"
        R"("unique":5,"current":5},"now_playing":{"duration":180,)"
        R"("song":{"text":"A - T","artist":"A","title":"T"}},)"
        R"("playing_next":{"song":{"text":"B - U"}},"song_history":[)"
        R"({"song":{"text":"C - V"}}])";
    Read read(kJsonType, "", body + "}");
    const Publication& p = *read.result;
    assert_true(p.report.now.text == "A - T" && p.report.on_air);
    assert_true(p.has_track && p.has_on_air && p.has_listeners);
    assert_int_equal(p.report.listeners.current, 6);
    assert_int_equal(p.report.listeners.unique, 5);
    assert_int_equal(p.report.now.duration_ms, 180000);
    assert_int_equal(p.report.stream.bitrate, 192);
    assert_true(p.report.next.text == "B - U");
    assert_int_equal(p.report.history.size(), 1);
    // Its own name is for where nobody else names one.
    assert_true(p.report.station.empty() && p.own_name == "n");
    Read named(kJsonType, "station=rock", body + "}");
    assert_true(named.result->report.station == "rock");
    Read off(kJsonType, "", body + R"(,"is_online":false})");
    assert_true(!off.result->report.on_air);
    assert_true(off.result->report.now.text.empty());
    Read nameless(kJsonType, "",
                  R"({"station":{},"now_playing":{},"is_online":true})");
    assert_true(nameless.why == "station has no usable shortcode");
}

void the_tags_of_a_track_are_not_the_stream_s(void**)
{
    Read track(kJsonType, "",
               R"([["title","T"],["genre","Blues"],["description","x"],)"
               R"(["name","y"]])");
    assert_true(track.result->report.stream == Stream());
    Read cleared("", "title=&genre=Blues", "");
    assert_true(cleared.result->report.stream == Stream());
    Read stream(kJsonType, "",
                R"({"title":"T","stream":{"name":"N","genre":"g",)"
                R"("description":"d","url":"http://h/"}})");
    assert_true(stream.result->report.stream.name == "N");
    assert_true(stream.result->report.stream.genre == "g");
    assert_true(stream.result->report.stream.description == "d");
    assert_true(stream.result->report.now.url.empty());
    Read count("", "listeners=3&name=N&genre=g", "");
    assert_true(count.result->report.stream.name == "N");
    assert_true(count.result->report.stream.genre == "g");
}

void an_encoder_s_query_is_known_by_its_mode(void**)
{
    std::vector<uint8_t> memory(4096);
    Arena arena(memory);
    assert_true(is_updinfo("mount=/a&mode=updinfo&song=x", arena));
    assert_true(is_updinfo("m%6Fde=updinfo", arena));
    assert_false(is_updinfo("song=mode%3Dupdinfo", arena));
    assert_false(is_updinfo("mode=updinfo&mode=x", arena));
    assert_false(is_updinfo("", arena));
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
    open_charsets();
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_taken_by_its_allowed_members),
        cmocka_unit_test(what_liquidsoap_sends_is_taken),
        cmocka_unit_test(form_fields_are_taken),
        cmocka_unit_test(updinfo_is_taken_as_encoders_send_it),
        cmocka_unit_test(the_set_that_a_publisher_names_is_heeded),
        cmocka_unit_test(
            a_set_that_nobody_knows_is_refused_beside_a_text_in_it),
        cmocka_unit_test(a_known_member_of_another_kind_is_refused),
        cmocka_unit_test(a_detail_that_cannot_be_read_is_told),
        cmocka_unit_test(
            what_azuracast_s_web_hook_says_is_read_as_a_poll_would),
        cmocka_unit_test(the_tags_of_a_track_are_not_the_stream_s),
        cmocka_unit_test(an_encoder_s_query_is_known_by_its_mode),
        cmocka_unit_test(off_air_and_counts_may_come_alone),
        cmocka_unit_test(what_is_refused_is_said_why),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
