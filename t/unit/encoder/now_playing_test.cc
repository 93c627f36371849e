// The object by its members; JSON that is read again with the strict reader,
// so that a wrong type is seen.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
}

#include <optional>
#include <string>
#include <vector>

#include "encoder/now_playing.h"
#include "source/json.h"

using namespace onair;
using namespace onair::encoder;
using slot::Moment;
using slot::Played;
using slot::State;
using source::Kind;

namespace {

struct Rock {
    Played tracks[2];
    Moment moments[2];
    State state;
    View view;

    Rock()
    {
        tracks[0].seq = 42;
        tracks[0].track.text = "Chet Porter - Aluko River";
        tracks[0].track.artist = "Chet Porter";
        tracks[0].track.title = "Aluko River";
        tracks[0].track.started = 1760000000500;
        tracks[0].track.duration_ms = 180000;
        tracks[1].track.text = "Old - One";
        tracks[1].track.started = 1759999801000;
        state.station = "rock";
        state.at.seq = 42;
        state.at.status = Status::kLive;
        state.at.on = true;
        state.at.listeners.current = 20;
        state.stream.name = "Rock FM";
        state.stream.listen = "http://r.example:8000/rock.mp3?x=1";
        state.stream.type = "audio/mpeg";
        state.stream.bitrate = 128;
        state.tracks = tracks;
        moments[0] = state.at;
        moments[1] = state.at;
        moments[1].seq = 41;
        state.moments = moments;
        view.clock = 1760000030000;
        view.delay_ms = 5000;
    }
};

// What write(Writer&) writes, as a document.
class Document {
  public:
    template <typename Write>
    explicit Document(Write write) : text_(65536, ' '), memory_(1 << 20)
    {
        Writer out(text_);
        write(out);
        assert_true(out.ok());
        text_.resize(out.size());
        assert_true(text_.find('\n') == std::string::npos);
        auto json = source::Json::read_strictly(bytes_of(text_), arena_);
        assert_true(json.ok());
        json_.emplace(*json);
    }
    source::JsonValue operator[](const char* name) const
    {
        return json_->root()[name];
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
    std::vector<uint8_t> memory_;
    Arena arena_{memory_};
    std::optional<source::Json> json_;
};

Document object_of(const Rock& rock, bool pushed = true)
{
    return Document([&](Writer& out) {
        write_now_playing(out, rock.state, rock.view, pushed);
    });
}

Document publication_of(const Rock& rock)
{
    return Document(
        [&](Writer& out) { write_publication(out, rock.state, rock.view); });
}

void is(source::JsonValue value, Kind kind, const char* text)
{
    assert_int_equal(value.kind(), kind);
    assert_string_equal(std::string(value.text()).c_str(), text);
}

void has_type(source::JsonValue object, const char* name, Kind kind)
{
    if (object[name].kind() != kind) {
        fail_msg("%s is of kind %d", name,
                 static_cast<int>(object[name].kind()));
    }
}

void every_member_is_there_with_its_type(void**)
{
    Rock rock;
    Document object = object_of(rock);
    for (const char* name : {"station", "listeners", "live", "now_playing"}) {
        assert_int_equal(object[name].kind(), Kind::kObject);
    }
    assert_int_equal(object["playing_next"].kind(), Kind::kNull);
    assert_int_equal(object["song_history"].kind(), Kind::kArray);
    assert_int_equal(object["is_online"].kind(), Kind::kTrue);
    is(object["cache"], Kind::kString, "event");

    source::JsonValue station = object["station"];
    has_type(station, "id", Kind::kNumber);
    for (const char* name :
         {"name", "shortcode", "description", "frontend", "backend", "timezone",
          "listen_url", "public_player_url", "playlist_pls_url",
          "playlist_m3u_url"}) {
        has_type(station, name, Kind::kString);
    }
    has_type(station, "url", Kind::kNull);
    has_type(station, "is_public", Kind::kTrue);
    has_type(station, "requests_enabled", Kind::kFalse);
    has_type(station, "remotes", Kind::kArray);
    has_type(station, "hls_enabled", Kind::kFalse);
    has_type(station, "hls_is_default", Kind::kFalse);
    has_type(station, "hls_url", Kind::kNull);
    has_type(station, "hls_listeners", Kind::kNumber);
    source::JsonValue mount = station["mounts"].at(0);
    is(mount["id"], Kind::kNumber, "1");
    is(mount["name"], Kind::kString, "128kbps mp3");
    is(mount["bitrate"], Kind::kNumber, "128");
    is(mount["format"], Kind::kString, "mp3");
    is(mount["path"], Kind::kString, "/rock.mp3");
    has_type(mount, "is_default", Kind::kTrue);
    is(mount["listeners"]["unique"], Kind::kNumber, "20");

    source::JsonValue now = object["now_playing"];
    for (const char* name :
         {"sh_id", "played_at", "duration", "elapsed", "remaining"}) {
        has_type(now, name, Kind::kNumber);
    }
    has_type(now, "playlist", Kind::kString);
    has_type(now, "streamer", Kind::kString);
    has_type(now, "is_request", Kind::kFalse);
    source::JsonValue song = now["song"];
    for (const char* name : {"id", "art", "text", "artist", "title", "album",
                             "genre", "isrc", "lyrics"}) {
        has_type(song, name, Kind::kString);
    }
    has_type(song, "custom_fields", Kind::kArray);
    is(song["id"], Kind::kString, "9f33bbc912c19603e51be8e0987d076b");
    source::JsonValue live = object["live"];
    has_type(live, "is_live", Kind::kFalse);
    has_type(live, "streamer_name", Kind::kString);
    has_type(live, "broadcast_start", Kind::kNull);
    has_type(live, "art", Kind::kNull);
}

void times_are_those_of_the_listener(void**)
{
    Rock rock;
    Document object = object_of(rock);
    source::JsonValue now = object["now_playing"];
    is(now["played_at"], Kind::kNumber, "1760000005");
    is(now["sh_id"], Kind::kNumber, "1760000000");
    is(now["elapsed"], Kind::kNumber, "24");
    is(now["remaining"], Kind::kNumber, "156");
    rock.view.clock += 3600000;
    Document later = object_of(rock);
    is(later["now_playing"]["elapsed"], Kind::kNumber, "180");
    is(later["now_playing"]["remaining"], Kind::kNumber, "0");
    rock.view.clock = 1760000001000;  // not heard yet
    Document early = object_of(rock);
    is(early["now_playing"]["elapsed"], Kind::kNumber, "0");
    is(early["now_playing"]["remaining"], Kind::kNumber, "180");
}

void a_track_of_unknown_length_goes_on(void**)
{
    Rock rock;
    rock.tracks[0].track.duration_ms = -1;
    Document object = object_of(rock);
    is(object["now_playing"]["duration"], Kind::kNumber, "0");
    is(object["now_playing"]["elapsed"], Kind::kNumber, "24");
    is(object["now_playing"]["remaining"], Kind::kNumber, "0");
}

void history_is_like_now_but_for_the_clock(void**)
{
    Rock rock;
    Document object = object_of(rock);
    source::JsonValue row = object["song_history"].at(0);
    is(row["sh_id"], Kind::kNumber, "1759999801");
    is(row["song"]["text"], Kind::kString, "Old - One");
    assert_true(row["elapsed"].is_missing());
    assert_int_equal(object["song_history"].size(), 1);
}

void what_is_next_has_a_time_where_this_one_ends(void**)
{
    Rock rock;
    rock.state.next.text = "Next - One";
    rock.state.next.duration_ms = 200500;
    Document object = object_of(rock);
    is(object["playing_next"]["played_at"], Kind::kNumber, "1760000185");
    is(object["playing_next"]["cued_at"], Kind::kNumber, "1760000005");
    is(object["playing_next"]["duration"], Kind::kNumber, "200.500");
    is(object["playing_next"]["song"]["text"], Kind::kString, "Next - One");
    rock.tracks[0].track.duration_ms = -1;
    Document unknown = object_of(rock);
    assert_int_equal(unknown["playing_next"]["played_at"].kind(), Kind::kNull);
}

void off_air_there_is_a_song_that_says_so(void**)
{
    Rock rock;
    rock.state.at.on = false;
    rock.state.at.status = Status::kOffline;
    Document object = object_of(rock);
    assert_int_equal(object["is_online"].kind(), Kind::kFalse);
    source::JsonValue now = object["now_playing"];
    is(now["sh_id"], Kind::kNumber, "0");
    is(now["song"]["text"], Kind::kString, "Station Offline");
    is(now["song"]["id"], Kind::kString, "5a6a865199cf5df73b1417326d2ff24f");
    assert_int_equal(object["song_history"].size(), 2);
}

void a_station_that_nobody_knows_is_off_air(void**)
{
    Rock rock;
    rock.state = State();
    rock.state.station = "none";
    Document object = object_of(rock, false);
    is(object["station"]["shortcode"], Kind::kString, "none");
    is(object["station"]["name"], Kind::kString, "none");
    assert_int_equal(object["station"]["mounts"].size(), 0);
    assert_int_equal(object["station"]["listen_url"].kind(), Kind::kNull);
    assert_int_equal(object["is_online"].kind(), Kind::kFalse);
    assert_int_equal(object["cache"].kind(), Kind::kNull);
    Document publication = publication_of(rock);
    assert_true(publication["offset"].is_missing());
}

void a_presenter_is_live(void**)
{
    Rock rock;
    rock.state.dj = "Anna";
    Document object = object_of(rock);
    assert_int_equal(object["live"]["is_live"].kind(), Kind::kTrue);
    is(object["live"]["streamer_name"], Kind::kString, "Anna");
    is(object["now_playing"]["streamer"], Kind::kString, "Anna");
    Document publication = publication_of(rock);
    source::JsonValue triggers = publication["data"]["triggers"];
    is(triggers.at(0), Kind::kString, "song_changed");
    is(triggers.at(1), Kind::kString, "song_changed_live");
}

void a_publication_says_what_set_it_off(void**)
{
    Rock rock;
    Document song = publication_of(rock);
    is(song["offset"], Kind::kNumber, "42");
    is(song["data"]["current_time"], Kind::kNumber, "1760000030");
    is(song["data"]["triggers"].at(0), Kind::kString, "song_changed");
    assert_int_equal(song["data"]["triggers"].size(), 1);

    rock.tracks[0].seq = 40;
    rock.moments[1].listeners.current = 19;
    Document gained = publication_of(rock);
    is(gained["data"]["triggers"].at(0), Kind::kString, "listener_gained");
    rock.moments[1].listeners.current = 21;
    Document lost = publication_of(rock);
    is(lost["data"]["triggers"].at(0), Kind::kString, "listener_lost");

    rock.moments[1] = rock.state.at;
    rock.moments[1].status = Status::kOffline;
    Document online = publication_of(rock);
    is(online["data"]["triggers"].at(0), Kind::kString, "station_online");
    rock.moments[1].status = Status::kStale;
    rock.state.at.status = Status::kOffline;
    Document offline = publication_of(rock);
    is(offline["data"]["triggers"].at(0), Kind::kString, "station_offline");
    rock.state.at.status = Status::kStale;
    Document nothing = publication_of(rock);
    assert_int_equal(nothing["data"]["triggers"].size(), 0);
}

constexpr std::string_view kOwn =
    "{\"station\":\x05{\"id\":3,\"x\":[]}\x05,\"now_playing\":{\"sh_id\":1001,"
    "\"elapsed\":\x01"
    "25\x01,\"remaining\":\x02"
    "155\x02},\"is_online\":\x03true\x03,\"cache\":\x04}";

Rock of_azuracast()
{
    Rock rock;
    rock.state.original.text = kOwn;
    rock.state.original.said = 1760000020000;
    rock.state.original_is_whole = true;
    return rock;
}

void an_azuracast_is_told_in_its_own_words(void**)
{
    Rock rock = of_azuracast();
    Document object = object_of(rock);
    assert_string_equal(
        object.text().c_str(),
        "{\"station\":{\"id\":3,\"x\":[]},\"now_playing\":{\"sh_id\":1001,"
        "\"elapsed\":35,\"remaining\":145},\"is_online\":true,"
        "\"cache\":\"event\"}");
    assert_int_equal(station_number(rock.state), 3);
    Document asked = object_of(rock, false);
    assert_int_equal(asked["cache"].kind(), Kind::kNull);
}

void its_time_goes_on_to_the_end_of_the_track(void**)
{
    Rock rock = of_azuracast();
    rock.view.clock += 3600000;
    Document late = object_of(rock);
    is(late["now_playing"]["elapsed"], Kind::kNumber, "180");
    is(late["now_playing"]["remaining"], Kind::kNumber, "0");
    rock.view.clock = 1760000000000;  // a clock that was set back
    Document early = object_of(rock);
    is(early["now_playing"]["elapsed"], Kind::kNumber, "25");
}

void it_is_off_air_when_its_source_has_gone(void**)
{
    Rock rock = of_azuracast();
    rock.state.at.status = Status::kOffline;
    Document object = object_of(rock);
    assert_int_equal(object["is_online"].kind(), Kind::kFalse);
    rock.state.at.status = Status::kStale;
    Document stale = object_of(rock);
    assert_int_equal(stale["is_online"].kind(), Kind::kTrue);
}

void of_an_earlier_moment_the_station_alone_is_its_own(void**)
{
    Rock rock = of_azuracast();
    rock.state.original_is_whole = false;
    Document object = object_of(rock);
    is(object["station"]["id"], Kind::kNumber, "3");
    is(object["now_playing"]["sh_id"], Kind::kNumber, "1760000000");
}

void an_original_that_would_break_a_line_is_not_told(void**)
{
    Rock rock = of_azuracast();
    std::string broken = std::string(kOwn) + "\n";
    rock.state.original.text = broken;
    Document object = object_of(rock);
    is(object["station"]["shortcode"], Kind::kString, "rock");
}

void a_plain_line_is_the_title_or_the_name(void**)
{
    Rock rock;
    assert_string_equal(std::string(plain_line(rock.state)).c_str(),
                        "Chet Porter - Aluko River");
    rock.state.at.on = false;
    assert_string_equal(std::string(plain_line(rock.state)).c_str(), "Rock FM");
    rock.state.stream.name = {};
    assert_string_equal(std::string(plain_line(rock.state)).c_str(), "rock");
}

std::string encoded(const Rock& rock, Form form)
{
    std::vector<char> room(65536);
    View view = rock.view;
    view.form = form;
    Result<std::string_view> message = encode(rock.state, view, room);
    assert_true(message.ok());
    return std::string(*message);
}

void a_push_names_its_channel_and_holds_the_publication(void**)
{
    Rock rock;
    rock.state.station = "a\",\"pub\":b";
    std::string publication = publication_of(rock).text();
    std::string channel =
        "{\"channel\":\"station:a\\\",\\\"pub\\\":b\",\"pub\":";
    assert_string_equal(encoded(rock, Form::kUniPush).c_str(),
                        (channel + publication + "}").c_str());
    std::string push = encoded(rock, Form::kPush);
    assert_string_equal(push.c_str(),
                        ("{\"push\":" + channel + publication + "}}").c_str());
    assert_string_equal(std::string(publication_in(push)).c_str(),
                        publication.c_str());
    assert_string_equal(
        std::string(publication_in(encoded(rock, Form::kUniPush))).c_str(),
        publication.c_str());
    assert_true(publication_in("{}").empty());
}

void a_snapshot_is_pushed_as_the_data_of_its_own_channel(void**)
{
    Rock rock;
    std::string push = encoded(rock, Form::kSnapshotPush);
    std::string snapshot = encoded(rock, Form::kJson);
    assert_string_equal(push.c_str(),
                        ("{\"push\":{\"channel\":\"onair:rock\",\"pub\":{"
                         "\"data\":" +
                         snapshot + ",\"offset\":42}}}")
                            .c_str());
}

void room_for_the_longest_texts_is_always_enough(void**)
{
    Rock rock;
    std::string long_url(1024, '\x01');
    std::string name(128, '\x01');
    rock.state.station = name;
    rock.state.stream = {long_url, long_url, long_url, long_url,
                         long_url, long_url, 1};
    std::vector<char> room(most_bytes(7 * 1024));
    View view = rock.view;
    view.form = Form::kPush;
    assert_true(encode(rock.state, view, room).ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_member_is_there_with_its_type),
        cmocka_unit_test(times_are_those_of_the_listener),
        cmocka_unit_test(a_track_of_unknown_length_goes_on),
        cmocka_unit_test(history_is_like_now_but_for_the_clock),
        cmocka_unit_test(what_is_next_has_a_time_where_this_one_ends),
        cmocka_unit_test(off_air_there_is_a_song_that_says_so),
        cmocka_unit_test(a_station_that_nobody_knows_is_off_air),
        cmocka_unit_test(a_presenter_is_live),
        cmocka_unit_test(a_publication_says_what_set_it_off),
        cmocka_unit_test(an_azuracast_is_told_in_its_own_words),
        cmocka_unit_test(its_time_goes_on_to_the_end_of_the_track),
        cmocka_unit_test(it_is_off_air_when_its_source_has_gone),
        cmocka_unit_test(of_an_earlier_moment_the_station_alone_is_its_own),
        cmocka_unit_test(an_original_that_would_break_a_line_is_not_told),
        cmocka_unit_test(a_plain_line_is_the_title_or_the_name),
        cmocka_unit_test(a_push_names_its_channel_and_holds_the_publication),
        cmocka_unit_test(a_snapshot_is_pushed_as_the_data_of_its_own_channel),
        cmocka_unit_test(room_for_the_longest_texts_is_always_enough),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
