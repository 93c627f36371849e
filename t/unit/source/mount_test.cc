#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/mount.h"

using namespace onair;
using namespace onair::source;

namespace {

// A list with room for some, and a mount that is on air.
class Rig {
  public:
    explicit Rig(size_t room = 4) : memory_(65536), arena_(memory_)
    {
        assert_true(list.expect(room));
        mount.path = "/rock";
        mount.start_iso = "2026-11-21T19:29:10+0000";
    }

    const Report& add()
    {
        add_mount(mount, list);
        assert_false(list.reports().empty());
        return list.reports().back();
    }

  private:
    std::vector<uint8_t> memory_;
    Arena arena_;

  public:
    Options options;
    ReportList list{options, 1795289352000, arena_};
    Mount mount;
};

void every_field_has_its_place(void**)
{
    Mount mount;
    const struct {
        const char* name;
        std::string_view Mount::*to;
    } rows[] = {
        {"artist", &Mount::artist},
        {"artwork", &Mount::artwork},
        {"audio_bitrate", &Mount::audio_bitrate},
        {"bitrate", &Mount::bitrate},
        {"content-type", &Mount::content_type},
        {"display-title", &Mount::display_title},
        {"genre", &Mount::genre},
        {"ice-bitrate", &Mount::ice_bitrate},
        {"listener_peak", &Mount::peak},
        {"listeners", &Mount::listeners},
        {"listenurl", &Mount::listenurl},
        {"server_description", &Mount::description},
        {"server_name", &Mount::name},
        {"server_type", &Mount::type},
        {"server_url", &Mount::url},
        {"stream_start", &Mount::start},
        {"stream_start_iso8601", &Mount::start_iso},
        {"title", &Mount::title},
        {"yp_currently_playing", &Mount::playing},
    };
    for (const auto& row : rows) {
        set_field(mount, row.name, row.name);
        assert_true(mount.*row.to == row.name);
    }
    set_field(mount, "aaa", "x");
    set_field(mount, "listen", "x");
    set_field(mount, "zzz", "x");
    assert_true(mount.listeners == "listeners");
}

void every_tag_has_its_place(void**)
{
    Mount mount;
    for (const char* name :
         {"album", "artist", "title", "x_icy_artist", "x_icy_title", "zz"}) {
        set_tag(mount, name, name);
    }
    assert_true(mount.tag_album == "album" && mount.tag_artist == "artist");
    assert_true(mount.tag_title == "title" && mount.title.empty());
    assert_true(mount.icy_artist == "x_icy_artist");
    assert_true(mount.icy_title == "x_icy_title");
}

void tags_are_believed_before_icy_and_that_before_the_title(void**)
{
    Rig rig;
    rig.mount.display_title = "D - D";
    rig.mount.playing = "P - P";
    assert_true(rig.add().now.text == "D - D");
    rig.mount.display_title = {};
    assert_true(rig.add().now.text == "P - P");
    rig.mount.title = "T";
    rig.mount.artist = "TA";
    assert_true(rig.add().now.text == "TA - T");
    Rig other;
    other.mount = rig.mount;
    other.mount.icy_title = "I";
    other.mount.icy_artist = "IA";
    assert_true(other.add().now.text == "IA - I");
    other.mount.tag_title = "G";
    other.mount.tag_artist = "GA";
    other.mount.tag_album = "GB";
    assert_true(other.add().now.text == "GA - G");
    assert_true(other.add().now.album == "GB");
}

void one_group_alone_speaks_of_the_present_track(void**)
{
    // An artist alone, whatever an older member says.
    Rig tag;
    tag.mount.tag_artist = "Someone";
    tag.mount.icy_title = "Old I";
    tag.mount.title = "Old T";
    tag.mount.artist = "Old A";
    tag.mount.display_title = "Old A - Old T";
    const Track& of_tags = tag.add().now;
    assert_true(of_tags.text == "Someone" && of_tags.artist == "Someone");
    assert_true(of_tags.title.empty());
    Rig icy;
    icy.mount.icy_artist = "Someone";
    icy.mount.title = "Old T";
    icy.mount.display_title = "Old A - Old T";
    assert_true(icy.add().now.text == "Someone");
    Rig server;
    server.mount.artist = "Someone";
    server.mount.display_title = "Old A - Old T";
    assert_true(server.add().now.text == "Someone");
    // A title alone takes no artist of another group.
    Rig title;
    title.mount.tag_title = "New";
    title.mount.icy_artist = "Old I";
    title.mount.artist = "Old A";
    assert_true(title.add().now.text == "New");
    assert_true(title.add().now.artist.empty());
}

void tags_that_are_given_and_empty_are_no_track(void**)
{
    Rig rig;
    rig.mount.title = "Old";
    rig.mount.display_title = "Old";
    set_tag(rig.mount, "encoder", "x");
    assert_true(rig.add().now.text == "Old");
    set_tag(rig.mount, "x_icy_title", {});
    assert_true(rig.add().now.text.empty());
    set_tag(rig.mount, "title", {});
    rig.mount.icy_title = "Older";
    assert_true(rig.add().now.text.empty());
}

void a_mount_that_does_not_say_since_when_is_off_air(void**)
{
    Rig rig;
    rig.mount.title = "Left over";
    rig.mount.listeners = "3";
    rig.mount.start_iso = {};
    const Report& off = rig.add();
    assert_false(off.on_air);
    assert_true(off.now.text.empty());
    assert_int_equal(off.since, kNoTime);
    assert_int_equal(off.listeners.current, 3);
    rig.mount.start = "Sat, 21 Nov 2026 19:29:12 +0000";
    assert_true(rig.add().on_air);
    assert_int_equal(rig.add().since, 1795289352000);
    // On air although the time is in no form we know.
    rig.mount.start = "yesterday";
    assert_true(rig.add().on_air);
    assert_int_equal(rig.list.reports().back().since, kNoTime);
}

void the_path_names_the_station_before_the_listenurl(void**)
{
    Rig rig;
    rig.mount.listenurl = "http://h:8000/other.mp3";
    assert_true(rig.add().station == "rock");
    rig.mount.path = {};
    assert_true(rig.add().station == "other.mp3");
}

void without_a_name_or_room_it_is_left_out(void**)
{
    Rig rig(1);
    rig.mount.path = {};
    add_mount(rig.mount, rig.list);
    assert_int_equal(rig.list.reports().size(), 0);
    assert_int_equal(rig.list.left_out().nameless, 1);
    assert_true(rig.list.left_out().unusable == rig.mount.listenurl);
    rig.mount.path = "/a";
    rig.add();
    add_mount(rig.mount, rig.list);
    assert_int_equal(rig.list.reports().size(), 1);
    assert_int_equal(rig.list.left_out().past_bound, 1);
}

void the_bitrate_is_the_first_that_says_one(void**)
{
    Rig rig(8);
    assert_int_equal(rig.add().stream.bitrate, -1);
    rig.mount.audio_bitrate = "96000";
    assert_int_equal(rig.add().stream.bitrate, 96);
    rig.mount.audio_bitrate = "999";
    assert_int_equal(rig.add().stream.bitrate, -1);
    rig.mount.ice_bitrate = "64";
    assert_int_equal(rig.add().stream.bitrate, 64);
    rig.mount.bitrate = "0";
    assert_int_equal(rig.add().stream.bitrate, 64);
    rig.mount.bitrate = "320";
    assert_int_equal(rig.add().stream.bitrate, 320);
}

void what_icecast_writes_by_itself_says_nothing(void**)
{
    Rig rig;
    rig.mount.name = "no name";
    rig.mount.description = "Unspecified description";
    assert_true(rig.add().stream.name.empty());
    assert_true(rig.add().stream.description.empty());
    rig.mount.genre = "(null)";
    assert_true(rig.add().stream.genre.empty());
    rig.options.repair.placeholders = false;
    assert_true(rig.add().stream.name == "no name");
}

void the_media_type_is_the_server_s_before_the_content_type(void**)
{
    Rig rig;
    rig.mount.content_type = "audio/ogg";
    assert_true(rig.add().stream.type == "audio/ogg");
    rig.mount.type = "audio/mpeg";
    assert_true(rig.add().stream.type == "audio/mpeg");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_field_has_its_place),
        cmocka_unit_test(every_tag_has_its_place),
        cmocka_unit_test(
            tags_are_believed_before_icy_and_that_before_the_title),
        cmocka_unit_test(one_group_alone_speaks_of_the_present_track),
        cmocka_unit_test(tags_that_are_given_and_empty_are_no_track),
        cmocka_unit_test(a_mount_that_does_not_say_since_when_is_off_air),
        cmocka_unit_test(the_path_names_the_station_before_the_listenurl),
        cmocka_unit_test(without_a_name_or_room_it_is_left_out),
        cmocka_unit_test(the_bitrate_is_the_first_that_says_one),
        cmocka_unit_test(what_icecast_writes_by_itself_says_nothing),
        cmocka_unit_test(
            the_media_type_is_the_server_s_before_the_content_type),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
