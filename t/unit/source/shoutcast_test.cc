// A stream as gathered from whichever document: how its members are judged.
// Where they stand in each is shoutcast2_test's and shoutcast_xml_test's.
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/shoutcast.h"

using namespace onair;
using namespace onair::source;

namespace {

constexpr UnixMs kNow = 1795289352000;

// A list with room, and the report of one stream.
struct List {
    std::vector<uint8_t> memory = std::vector<uint8_t>(65536);
    Arena arena{memory};
    Options options;
    ReportList list{options, kNow, arena};

    explicit List(size_t stations = 2) { assert_true(list.expect(stations)); }

    const Report& add(const ShoutcastStream& stream, bool several = false)
    {
        add_stream(stream, several, list);
        return list.reports().back();
    }
};

ShoutcastStream on_air(std::string_view title)
{
    ShoutcastStream stream;
    stream.status = "1";
    stream.title = title;
    return stream;
}

void a_member_is_known_in_capitals_or_not_and_the_first_counts(void**)
{
    ShoutcastStream stream;
    set_field(stream, "SONGTITLE", "A");
    set_field(stream, "SongTitle", "B");
    set_field(stream, "songtitles", "C");
    set_field(stream, "", "D");
    assert_true(stream.title == "A");
    // One that is empty says nothing.
    set_field(stream, "dj", "");
    set_field(stream, "DJ", "Anna");
    assert_true(stream.dj == "Anna");
}

void each_member_has_its_place(void**)
{
    const struct {
        const char* name;
        std::string_view ShoutcastStream::*to;
    } rows[] = {
        {"id", &ShoutcastStream::id},
        {"streamstatus", &ShoutcastStream::status},
        {"currentlisteners", &ShoutcastStream::current},
        {"peaklisteners", &ShoutcastStream::peak},
        {"uniquelisteners", &ShoutcastStream::unique},
        {"reportedlisteners", &ShoutcastStream::reported},
        {"streamuptime", &ShoutcastStream::uptime},
        {"songtitle", &ShoutcastStream::title},
        {"nexttitle", &ShoutcastStream::next},
        {"songurl", &ShoutcastStream::song_url},
        {"dj", &ShoutcastStream::dj},
        {"servertitle", &ShoutcastStream::name},
        {"servergenre", &ShoutcastStream::genre},
        {"serverurl", &ShoutcastStream::url},
        {"streampath", &ShoutcastStream::path},
        {"content", &ShoutcastStream::content},
        {"bitrate", &ShoutcastStream::bitrate},
        {"TIT2", &ShoutcastStream::tag_title},
        {"TPE1", &ShoutcastStream::tag_artist},
        {"TALB", &ShoutcastStream::tag_album},
    };
    for (const auto& row : rows) {
        ShoutcastStream stream;
        set_field(stream, row.name, "v");
        assert_true(stream.*row.to == "v");
    }
}

void three_blanks_are_the_dash(void**)
{
    const struct {
        std::string_view title;
        const char* text;
        const char* artist;
    } rows[] = {
        {"A   T", "A - T", "A"},       {"A   T   (x)", "A - T (x)", "A"},
        {"A - T   x", "A - T x", "A"}, {"   T", "T", ""},
        {"A  T", "A T", ""},           {"A-B   T", "A-B - T", "A-B"},
    };
    for (const auto& row : rows) {
        List list;
        Track track;
        set_title(row.title, track, list.list);
        assert_string_equal(std::string(track.text).c_str(), row.text);
        assert_string_equal(std::string(track.artist).c_str(), row.artist);
    }
    // Too long for both: told as it is, and cut.
    List list;
    Track track;
    std::string longest(2 * kMaxText, 'x');
    set_title("A   " + longest, track, list.list);
    assert_true(track.text.size() <= kMaxText && !track.text.empty());
}

void tags_are_taken_where_the_title_is_made_of_them(void**)
{
    ShoutcastStream stream = on_air("A & B   T - live");
    stream.tag_artist = "A & B";
    stream.tag_title = "T - live";
    stream.tag_album = "L";
    List list;
    const Report& report = list.add(stream);
    assert_true(report.now.artist == "A & B" && report.now.title == "T - live");
    assert_true(report.now.album == "L");
    for (const char* title :
         {"A & B   another one", "Another   T - live", "A & BT - liv"}) {
        stream.title = title;
        List other;
        assert_true(other.add(stream).now.album.empty());
    }
}

void one_alone_is_the_location_s_and_several_go_by_their_ids(void**)
{
    ShoutcastStream stream = on_air("T");
    stream.id = "7";
    List alone;
    assert_true(alone.add(stream).station.empty());
    List several;
    assert_true(several.add(stream, true).station == "7");
    stream.id = "";
    add_stream(stream, true, several.list);
    assert_int_equal(several.list.reports().size(), 1);
    assert_int_equal(several.list.left_out().nameless, 1);
}

void off_air_there_is_no_track_but_the_stream_is_told(void**)
{
    ShoutcastStream stream = on_air("Old - One");
    stream.status = "0";
    stream.next = "Next";
    stream.dj = "Anna";
    stream.uptime = "60";
    stream.name = "Rock FM";
    stream.current = "0";
    List list;
    const Report& report = list.add(stream);
    assert_false(report.on_air);
    assert_true(report.now.text.empty() && report.next.text.empty());
    assert_true(report.dj.empty() && report.stream.name == "Rock FM");
    assert_int_equal(report.since, kNoTime);
    assert_int_equal(report.listeners.current, 0);
}

void without_a_status_a_title_says_that_it_is_on_air(void**)
{
    ShoutcastStream stream = on_air("T");
    stream.status = "";
    List list;
    assert_true(list.add(stream).on_air);
    stream.title = "";
    assert_false(list.add(stream).on_air);
    stream = on_air("T");
    stream.status = "2";
    List other;
    assert_false(other.add(stream).on_air);
}

void unique_listeners_are_the_reported_ones_where_none_are_said(void**)
{
    ShoutcastStream stream = on_air("T");
    stream.reported = "5";
    List list;
    assert_int_equal(list.add(stream).listeners.unique, 5);
    stream.unique = "3";
    assert_int_equal(list.add(stream).listeners.unique, 3);
    List odd;
    stream.unique = "many";
    assert_int_equal(odd.add(stream).listeners.unique, -1);
    assert_true(odd.list.odd().member == "uniquelisteners");
}

void an_uptime_is_a_time_unless_it_cannot_be(void**)
{
    for (const char* uptime : {"-1", "x", "", "1795289352", "99999999999"}) {
        ShoutcastStream stream = on_air("T");
        stream.uptime = uptime;
        List list;
        assert_int_equal(list.add(stream).since, kNoTime);
    }
    ShoutcastStream stream = on_air("T");
    stream.uptime = "60";
    List list;
    assert_int_equal(list.add(stream).since, kNow - 60000);
}

void a_history_that_begins_with_what_is_on_says_since_when(void**)
{
    List list;
    Track songs[2];
    set_title("A   T", songs[0], list.list);
    songs[0].started = kNow - 5000;
    set_title("B   U", songs[1], list.list);
    ShoutcastStream stream = on_air("A   T");
    stream.history = songs;
    const Report& report = list.add(stream);
    assert_int_equal(report.now.started, kNow - 5000);
    assert_int_equal(report.history.size(), 1);
    assert_true(report.history[0].text == "B - U");
    stream.title = "C   V";
    const Report& other = list.add(stream);
    assert_int_equal(other.history.size(), 2);
    assert_int_equal(other.now.started, kNoTime);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(
            a_member_is_known_in_capitals_or_not_and_the_first_counts),
        cmocka_unit_test(each_member_has_its_place),
        cmocka_unit_test(three_blanks_are_the_dash),
        cmocka_unit_test(tags_are_taken_where_the_title_is_made_of_them),
        cmocka_unit_test(
            one_alone_is_the_location_s_and_several_go_by_their_ids),
        cmocka_unit_test(off_air_there_is_no_track_but_the_stream_is_told),
        cmocka_unit_test(without_a_status_a_title_says_that_it_is_on_air),
        cmocka_unit_test(
            unique_listeners_are_the_reported_ones_where_none_are_said),
        cmocka_unit_test(an_uptime_is_a_time_unless_it_cannot_be),
        cmocka_unit_test(a_history_that_begins_with_what_is_on_says_since_when),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
