#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

Answer publicstats(std::string_view sources)
{
    return Answer(R"([{"name":"icestats","ns":"http://icecast.org/specs/"},)"
                  R"({"server_id":"Icecast 2.5.0","source":{)" +
                  std::string(sources) + "}}]");
}

void a_mount_is_named_by_its_key(void**)
{
    Answer answer = publicstats(
        R"("/rock.mp3":{"listeners":3,"listener_peak":9,"stream_start":)"
        R"("Sat, 21 Nov 2026 19:29:12 +0000","server_name":"Rock FM",)"
        R"("metadata":{"artist":"A","title":"T"}},)"
        R"("/gone.mp3":{"listeners":0})");
    assert_int_equal(answer.reports->format, Format::kPublicstats);
    assert_int_equal(answer.reports->stations.size(), 2);
    assert_true(answer[0].station == "rock.mp3" && answer[0].on_air);
    assert_true(answer[0].now.text == "A - T");
    assert_int_equal(answer[0].listeners.current, 3);
    assert_int_equal(answer[0].listeners.peak, 9);
    assert_int_equal(answer[0].since, 1795289352000);
    assert_true(answer[0].stream.name == "Rock FM");
    assert_true(answer[1].station == "gone.mp3");
    assert_false(answer[1].on_air);
}

void a_server_without_sources_has_no_stations(void**)
{
    assert_int_equal(publicstats("").reports->stations.size(), 0);
    Answer absent(R"([{"name":"icestats"},{"server_id":"Icecast 2.5.0"}])");
    assert_true(absent.reports.ok());
    assert_int_equal(absent.reports->stations.size(), 0);
    Answer head(R"([{"name":"icestats"}])");
    assert_true(head.reports.ok());
    assert_int_equal(head.reports->stations.size(), 0);
}

void wrong_types_are_no_mounts_and_no_titles(void**)
{
    for (const char* body :
         {R"([{"name":"icestats"},{"source":[1,"x",null]}])",
          R"([{"name":"icestats"},{"source":"x"}])",
          R"([{"name":"icestats"},{"source":{"":{},"/a":7,"/":null}}])",
          R"([{"name":"icestats"},{"source":{"/a":{"metadata":[1]}}}])"}) {
        Answer answer{std::string(body)};
        assert_true(answer.reports.ok());
        for (const Report& report : answer.reports->stations) {
            assert_true(report.now.text.empty());
        }
    }
}

void another_array_is_no_publicstats(void**)
{
    for (const char* body : {R"([{"name":"other"},{"source":{}}])", "[]",
                             R"(["icestats"])", R"({"name":"icestats"})"}) {
        Answer answer(std::string(body), only(Format::kPublicstats));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_mount_is_named_by_its_key),
        cmocka_unit_test(a_server_without_sources_has_no_stations),
        cmocka_unit_test(wrong_types_are_no_mounts_and_no_titles),
        cmocka_unit_test(another_array_is_no_publicstats),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
