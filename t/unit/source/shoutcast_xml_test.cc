#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string server(const std::string& inner)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>"
           "<SHOUTCASTSERVER>" +
           inner + "</SHOUTCASTSERVER>";
}

std::string stream(const char* id, const std::string& inner)
{
    return std::string("<STREAM id=\"") + id + "\">" + inner + "</STREAM>";
}

void one_stream_is_the_location_s(void**)
{
    Answer answer(server(
        "<CURRENTLISTENERS>12</CURRENTLISTENERS><PEAKLISTENERS>34"
        "</PEAKLISTENERS><UNIQUELISTENERS>11</UNIQUELISTENERS><SERVERGENRE>rock"
        "</SERVERGENRE><SERVERURL>http://r.example</SERVERURL><SERVERTITLE>R "
        "&amp; B</SERVERTITLE><SONGTITLE>A   T</SONGTITLE><NEXTTITLE>B - U"
        "</NEXTTITLE><DJ>Anna</DJ><SONGURL>http://r.example/t</SONGURL>"
        "<STREAMSTATUS>1</STREAMSTATUS><STREAMUPTIME>60</STREAMUPTIME>"
        "<STREAMPATH>/s</STREAMPATH><BITRATE>128</BITRATE><CONTENT>audio/mpeg"
        "</CONTENT>"));
    assert_int_equal(answer.reports->format, Format::kShoutcastXml);
    assert_int_equal(answer.reports->stations.size(), 1);
    const Report& report = answer[0];
    assert_true(report.station.empty() && report.on_air);
    assert_true(report.now.artist == "A" && report.now.title == "T");
    assert_true(report.now.url == "http://r.example/t");
    assert_true(report.next.title == "U" && report.dj == "Anna");
    assert_true(report.stream.name == "R & B" && report.stream.listen == "/s");
    assert_true(report.stream.type == "audio/mpeg");
    assert_int_equal(report.stream.bitrate, 128);
    assert_int_equal(report.since, kNow - 60000);
    assert_int_equal(report.listeners.current, 12);
    assert_int_equal(report.listeners.peak, 34);
    assert_int_equal(report.listeners.unique, 11);
}

void a_title_in_pieces_is_whole(void**)
{
    Answer answer(server(
        "<STREAMSTATUS>1</STREAMSTATUS><SONGTITLE><![CDATA[Simon ]]>&amp;"
        "<![CDATA[ Garfunkel - A]]><!-- x -->B</SONGTITLE><SONGHISTORY><SONG>"
        "<PLAYEDAT>1760000000</PLAYEDAT><TITLE>C &amp;<![CDATA[ D]]></TITLE>"
        "</SONG></SONGHISTORY>"));
    assert_true(answer[0].now.artist == "Simon & Garfunkel");
    assert_true(answer[0].now.title == "AB");
    assert_int_equal(answer[0].history.size(), 1);
    assert_true(answer[0].history[0].text == "C & D");
}

void streams_are_called_by_their_ids(void**)
{
    Answer answer(
        server("<STREAMSTATS><TOTALSTREAMS>2</TOTALSTREAMS><CURRENTLISTENERS>9"
               "</CURRENTLISTENERS>" +
               stream("1",
                      "<CURRENTLISTENERS>8</CURRENTLISTENERS><STREAMSTATUS>0"
                      "</STREAMSTATUS>") +
               stream("2",
                      "<STREAMSTATUS>1</STREAMSTATUS><SONGTITLE>A - T"
                      "</SONGTITLE>") +
               "</STREAMSTATS>"));
    assert_int_equal(answer.reports->stations.size(), 2);
    assert_true(answer[0].station == "1" && !answer[0].on_air);
    assert_int_equal(answer[0].listeners.current, 8);
    assert_true(answer[1].station == "2" && answer[1].now.title == "T");
}

void one_that_is_left_of_several_keeps_its_id(void**)
{
    std::string one = stream("7", "<STREAMSTATUS>1</STREAMSTATUS>");
    Answer left(server("<STREAMSTATS><TOTALSTREAMS>2</TOTALSTREAMS>" + one +
                       "</STREAMSTATS>"));
    assert_true(left[0].station == "7");
    Answer alone(server("<STREAMSTATS><TOTALSTREAMS>1</TOTALSTREAMS>" + one +
                        "</STREAMSTATS>"));
    assert_true(alone[0].station.empty() && alone[0].id == "7");
    Answer none(
        server("<STREAMSTATS><TOTALSTREAMS>0</TOTALSTREAMS></STREAMSTATS>"));
    assert_true(none.reports.ok());
    assert_int_equal(none.reports->stations.size(), 0);
}

void the_admin_s_page_of_version_1_is_read(void**)
{
    Answer answer(
        "<!DOCTYPE SHOUTCASTSERVER [<!ELEMENT SHOUTCASTSERVER (A,B*)>\n"
        "<!ELEMENT A (#PCDATA)>]><SHOUTCASTSERVER><CURRENTLISTENERS>3"
        "</CURRENTLISTENERS><REPORTEDLISTENERS>2</REPORTEDLISTENERS><SONGTITLE>"
        "A - T</SONGTITLE><STREAMSTATUS>1</STREAMSTATUS><LISTENERS><LISTENER>"
        "<TITLE>x</TITLE></LISTENER></LISTENERS><SONGHISTORY><SONG><PLAYEDAT>"
        "1790000200</PLAYEDAT><TITLE>A - T</TITLE></SONG><SONG><PLAYEDAT>"
        "1790000000</PLAYEDAT><TITLE>O - N</TITLE></SONG><SONG><PLAYEDAT>"
        "1790000100</PLAYEDAT><TITLE>P - N</TITLE></SONG></SONGHISTORY>"
        "</SHOUTCASTSERVER>");
    const Report& report = answer[0];
    assert_int_equal(report.listeners.unique, 2);
    assert_int_equal(report.now.started, 1790000200000);
    assert_int_equal(report.history.size(), 2);
    assert_true(report.history[0].artist == "P");
    assert_int_equal(report.history[1].started, 1790000000000);
}

void tags_are_taken_where_they_are_those_of_the_title(void**)
{
    auto page = [](const char* title) {
        return Answer(server(
            std::string("<STREAMSTATUS>1</STREAMSTATUS><SONGTITLE>") + title +
            "</SONGTITLE><SONGMETADATA><TIT2>No - One</TIT2><TPE1>A - B</TPE1>"
            "<TALB>L</TALB></SONGMETADATA>"));
    };
    Answer same = page("A - B - No - One");
    assert_true(same[0].now.artist == "A - B" && same[0].now.album == "L");
    assert_true(same[0].now.title == "No - One");
    Answer other = page("C - D");
    assert_true(other[0].now.artist == "C" && other[0].now.album.empty());
}

void the_other_documents_of_this_root_are_none(void**)
{
    for (const char* inner :
         {"", "<LISTENERS></LISTENERS>",
          "<SONGHISTORY><SONG><PLAYEDAT>1</PLAYEDAT><TITLE>x</TITLE></SONG>"
          "</SONGHISTORY>",
          "<STREAMCONFIGS><STREAMCONFIG id=\"1\"/></STREAMCONFIGS>",
          "<NEXTSONGS><TITLE seq=\"1\">x</TITLE></NEXTSONGS>"}) {
        Answer answer(server(inner));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
    Answer icecast("<icestats/>", only(Format::kShoutcastXml));
    assert_int_equal(icecast.reports.fault(), Fault::kUnknownFormat);
    Answer cut("<SHOUTCASTSERVER><STREAMSTATUS>1</STREAMSTATUS>");
    assert_int_equal(cut.reports.fault(), Fault::kNotXml);
}

void streams_within_streams_are_none(void**)
{
    Answer answer(server(
        "<STREAMSTATS>" +
        stream("1", "<STREAMSTATUS>1</STREAMSTATUS>" + stream("2",
                                                              "<SONGTITLE>x"
                                                              "</SONGTITLE>")) +
        "</STREAMSTATS>"));
    assert_int_equal(answer.reports->stations.size(), 1);
    assert_true(answer[0].station == "1" && answer[0].now.text.empty());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(one_stream_is_the_location_s),
        cmocka_unit_test(a_title_in_pieces_is_whole),
        cmocka_unit_test(streams_are_called_by_their_ids),
        cmocka_unit_test(one_that_is_left_of_several_keeps_its_id),
        cmocka_unit_test(the_admin_s_page_of_version_1_is_read),
        cmocka_unit_test(tags_are_taken_where_they_are_those_of_the_title),
        cmocka_unit_test(the_other_documents_of_this_root_are_none),
        cmocka_unit_test(streams_within_streams_are_none),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
