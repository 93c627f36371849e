#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string source(std::string_view mount, std::string_view fields)
{
    return "<source mount=\"" + std::string(mount) + "\"><listenurl>http://h" +
           std::string(mount) + "</listenurl><stream_start>x</stream_start>" +
           std::string(fields) + "</source>";
}

void fields_and_tags_are_told_apart_by_their_depth(void**)
{
    Answer answer("<icestats><title>not of a mount</title>" +
                  source("/rock",
                         "<title>T</title><deep><title>not its own</title>"
                         "<metadata><title>nor this</title></metadata></deep>"
                         "<artist>A</artist>") +
                  "<listeners>99</listeners></icestats>");
    assert_int_equal(answer.reports->stations.size(), 1);
    assert_true(answer[0].now.text == "A - T");
    assert_int_equal(answer[0].listeners.current, -1);
    Answer tags("<icestats>" +
                source("/rock",
                       "<title>T</title><metadata><title>Tag</title>"
                       "<artist>By</artist></metadata>") +
                "</icestats>");
    assert_true(tags[0].now.text == "By - Tag");
}

void a_title_in_pieces_is_whole(void**)
{
    Answer answer(
        "<icestats>" +
        source("/a",
               "<title>R<![CDATA[&]]>B<!-- x --> &amp; more</title><artist>"
               "\n  <![CDATA[Simon ]]>&amp;<![CDATA[ Garfunkel]]>\n</artist>"
               "<listeners><!-- now -->\n<![CDATA[12]]>\n</listeners>") +
        "</icestats>");
    assert_true(answer[0].now.title == "R&B & more");
    assert_true(answer[0].now.artist == "Simon & Garfunkel");
    assert_int_equal(answer[0].listeners.current, 12);
}

void one_mount_s_fields_are_not_another_s(void**)
{
    Answer answer("<icestats>" + source("/a", "<title>T</title>") +
                  source("/b", "") + "</icestats>");
    assert_true(answer[0].now.text == "T");
    assert_true(answer[1].now.text.empty());
}

void other_documents_of_the_same_root_are_no_answer(void**)
{
    for (const char* body :
         {"<icestats><source mount=\"/a\"><listener/></source></icestats>",
          "<other><icestats/></other>", "<icestat><icestats/></icestat>"}) {
        Answer answer(body, only(Format::kIcecastXml));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
    Answer none("<icestats><clients>1</clients></icestats>");
    assert_int_equal(none.reports->stations.size(), 0);
}

void what_only_looks_like_a_source_takes_no_room(void**)
{
    Options options;
    options.max_stations = 2;
    Answer answer(
        "<icestats><sources>2</sources><source_total_connections>"
        "7</source_total_connections>" +
            source("/a", "") + source("/b", "") + source("/c", "") +
            "</icestats>",
        options);
    assert_int_equal(answer.reports->stations.size(), 2);
    assert_int_equal(answer.reports->left_out.past_bound, 1);
}

void faults_of_the_document_are_told(void**)
{
    Answer early("<icestats>" + source("/a", ""));
    assert_int_equal(early.reports.fault(), Fault::kNotXml);
    std::string deep;
    for (int i = 0; i < 40; i++) {
        deep += "<a>";
    }
    Answer nested("<icestats>" + deep);
    assert_int_equal(nested.reports.fault(), Fault::kTooDeep);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_tags_are_told_apart_by_their_depth),
        cmocka_unit_test(a_title_in_pieces_is_whole),
        cmocka_unit_test(one_mount_s_fields_are_not_another_s),
        cmocka_unit_test(other_documents_of_the_same_root_are_no_answer),
        cmocka_unit_test(what_only_looks_like_a_source_takes_no_room),
        cmocka_unit_test(faults_of_the_document_are_told),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
