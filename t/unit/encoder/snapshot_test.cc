#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "encoder/snapshot.h"

using namespace onair;
using namespace onair::encoder;
using slot::Played;
using slot::State;

namespace {

std::string encoded(const State& state, const View& view)
{
    std::vector<char> out(4096);
    Result<std::string_view> message = encode(state, view, out);
    assert_true(message.ok());
    return std::string((*message));
}

struct Rock {
    Played tracks[2];
    State state;
    View view;

    Rock()
    {
        tracks[0].track.text = "Artist - Title";
        tracks[0].track.artist = "Artist";
        tracks[0].track.title = "Title";
        tracks[0].track.started = 1760000012500;
        tracks[1].track.text = "Old - One";
        tracks[1].track.artist = "Old";
        tracks[1].track.title = "One";
        tracks[1].track.started = 1759999801000;
        state.station = "rock";
        state.at.seq = 42;
        state.at.time = 1760000012500;
        state.at.status = Status::kLive;
        state.at.on = true;
        state.at.subscribers = 812;
        state.at.listeners.current = 12;
        state.at.listeners.peak = 30;
        state.stream.name = "Rock FM";
        state.stream.genre = "rock";
        state.stream.listen = "http://r.example/rock";
        state.stream.type = "audio/mpeg";
        state.stream.bitrate = 128;
        state.tracks = tracks;
        view.epoch = 0x68f0a1c2;
        view.clock = 1760000030123;
        view.delay_ms = 8000;
    }
};

std::string id_of(const Track& track)
{
    TrackId id = track_id(track);
    return std::string(id.view());
}

void a_snapshot_has_every_member_in_its_place(void**)
{
    Rock rock;
    std::string want =
        "{\"station\":\"rock\",\"epoch\":\"68f0a1c2\",\"seq\":42,"
        "\"time\":1760000030.123,\"status\":\"live\",\"now\":{\"id\":\"" +
        id_of(rock.tracks[0].track) +
        "\",\"text\":\"Artist - Title\",\"artist\":\"Artist\","
        "\"title\":\"Title\",\"album\":null,\"art\":null,\"url\":null,"
        "\"started\":1760000012.500,\"heard\":1760000020.500,"
        "\"duration\":null},\"next\":null,\"dj\":null,"
        "\"listeners\":{\"current\":12,\"peak\":30,\"unique\":null},"
        "\"stream\":{\"name\":\"Rock FM\",\"description\":null,"
        "\"genre\":\"rock\",\"url\":null,"
        "\"listen\":\"http://r.example/rock\",\"type\":\"audio/mpeg\","
        "\"bitrate\":128},\"history\":[{\"id\":\"" +
        id_of(rock.tracks[1].track) +
        "\",\"text\":\"Old - One\",\"artist\":\"Old\",\"title\":\"One\","
        "\"started\":1759999801.000}],\"page\":{\"subscribers\":812}}";
    assert_string_equal(encoded(rock.state, rock.view).c_str(), want.c_str());
}

void an_empty_state_has_every_member_too(void**)
{
    State state;
    state.station = "new";
    View view;
    view.epoch = 1;
    view.clock = 1760000030123;
    assert_string_equal(
        encoded(state, view).c_str(),
        "{\"station\":\"new\",\"epoch\":\"00000001\",\"seq\":0,"
        "\"time\":1760000030.123,\"status\":\"offline\",\"now\":null,"
        "\"next\":null,\"dj\":null,"
        "\"listeners\":{\"current\":null,\"peak\":null,\"unique\":null},"
        "\"stream\":{\"name\":null,\"description\":null,\"genre\":null,"
        "\"url\":null,\"listen\":null,\"type\":null,\"bitrate\":null},"
        "\"history\":[],\"page\":{\"subscribers\":0}}");
}

void without_a_track_on_all_tracks_are_history(void**)
{
    Rock rock;
    rock.state.at.on = false;
    rock.state.at.status = Status::kStale;
    std::string text = encoded(rock.state, rock.view);
    assert_true(text.find("\"status\":\"stale\",\"now\":null") !=
                std::string::npos);
    assert_true(text.find("\"text\":\"Artist - Title\"") != std::string::npos);
    assert_true(text.find("},{\"id\"") != std::string::npos);
}

void next_dj_and_duration_are_told(void**)
{
    Rock rock;
    rock.state.next.text = "N";
    rock.state.next.title = "N";
    rock.state.dj = "Ann";
    rock.tracks[0].track.duration_ms = 215000;
    std::string text = encoded(rock.state, rock.view);
    assert_true(text.find("\"duration\":215},\"next\":{\"text\":\"N\","
                          "\"artist\":null,\"title\":\"N\"},\"dj\":\"Ann\"") !=
                std::string::npos);
    rock.tracks[0].track.duration_ms = 215040;
    text = encoded(rock.state, rock.view);
    assert_true(text.find("\"duration\":215.040}") != std::string::npos);
}

void an_unknown_beginning_is_not_heard_either(void**)
{
    Rock rock;
    rock.tracks[0].track.started = kNoTime;
    std::string text = encoded(rock.state, rock.view);
    assert_true(text.find("\"started\":null,\"heard\":null") !=
                std::string::npos);
}

void a_gap_is_the_last_member(void**)
{
    Rock rock;
    rock.view.gap = true;
    std::string text = encoded(rock.state, rock.view);
    assert_true(text.ends_with("{\"subscribers\":812},\"gap\":true}"));
}

void hostile_texts_stay_texts(void**)
{
    Rock rock;
    std::string hostile = "</script><!--\"\\\n\r\t\x01\x7f";
    hostile += std::string(1, '\0');
    rock.tracks[0].track.title = hostile;
    std::string text = encoded(rock.state, rock.view);
    assert_true(text.find("\"title\":\"\\u003c/script>\\u003c!--\\\"\\\\"
                          "\\n\\r\\t\\u0001\x7f\\u0000\"") !=
                std::string::npos);
    assert_true(text.find('<') == std::string::npos);
}

void bytes_that_are_no_characters_are_replaced(void**)
{
    Rock rock;
    rock.tracks[0].track.title =
        "a\xff"
        "b\xe2\x82"
        "c\xed\xa0\x80\xc3\xa9\xf0";
    std::string text = encoded(rock.state, rock.view);
    const std::string r = "\xef\xbf\xbd";
    std::string want = "\"title\":\"a" + r + "b" + r + r + "c" + r + r + r +
                       "\xc3\xa9" + r + "\"";
    assert_true(text.find(want) != std::string::npos);
}

void a_buffer_too_small_is_told(void**)
{
    Rock rock;
    std::string whole = encoded(rock.state, rock.view);
    std::vector<char> out(whole.size());
    assert_true(encode(rock.state, rock.view, out).ok());
    for (size_t size = 0; size < whole.size(); size++) {
        std::vector<char> small(size);
        Result<std::string_view> message = encode(rock.state, rock.view, small);
        assert_false(message.ok());
        assert_true(message.fault() == Fault::kTooLarge);
    }
}

void a_wild_clock_keeps_its_14_characters(void**)
{
    Rock rock;
    rock.view.clock = 5;
    assert_true(
        encoded(rock.state, rock.view).find("\"time\":1000000000.000,") !=
        std::string::npos);
    rock.view.clock = INT64_MAX;
    assert_true(
        encoded(rock.state, rock.view).find("\"time\":9999999999.999,") !=
        std::string::npos);
}

void a_title_alone_is_the_text_on_now(void**)
{
    Rock rock;
    rock.view.form = Form::kTitle;
    std::vector<char> out(64);
    Result<std::string_view> message = encode(rock.state, rock.view, out);
    assert_true(message.ok() && (*message) == "Artist - Title");
    rock.state.at.on = false;
    message = encode(rock.state, rock.view, out);
    assert_true(message.ok() && message->empty());
}

void the_room_promised_is_enough_for_the_worst_text(void**)
{
    Rock rock;
    std::string worst(2000, '<');
    rock.tracks[0].track.text = worst;
    rock.tracks[0].track.artist = std::string_view(worst).substr(0, 1000);
    rock.tracks[0].track.title = std::string_view(worst).substr(1000);
    std::vector<char> out(most_bytes(worst.size()));
    assert_true(encode(rock.state, rock.view, out).ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_has_every_member_in_its_place),
        cmocka_unit_test(an_empty_state_has_every_member_too),
        cmocka_unit_test(without_a_track_on_all_tracks_are_history),
        cmocka_unit_test(next_dj_and_duration_are_told),
        cmocka_unit_test(an_unknown_beginning_is_not_heard_either),
        cmocka_unit_test(a_gap_is_the_last_member),
        cmocka_unit_test(hostile_texts_stay_texts),
        cmocka_unit_test(bytes_that_are_no_characters_are_replaced),
        cmocka_unit_test(a_buffer_too_small_is_told),
        cmocka_unit_test(a_wild_clock_keeps_its_14_characters),
        cmocka_unit_test(a_title_alone_is_the_text_on_now),
        cmocka_unit_test(the_room_promised_is_enough_for_the_worst_text),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
