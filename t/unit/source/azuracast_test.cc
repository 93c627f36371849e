#include <string>

#include "unit/cmocka.h"

#include "answer.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string station(std::string_view members)
{
    return R"({"station":{"shortcode":"rock","name":"Rock FM","mounts":[)"
           R"({"format":"AAC","bitrate":64},)"
           R"({"format":"mp3","bitrate":192,"is_default":true}]},)"
           R"("now_playing":{"played_at":1795289300,"duration":180,"song":)"
           R"({"text":"A - T","artist":"A","title":"T"}},)" +
           std::string(members) + R"("is_online":true})";
}

std::string songs(size_t count, std::string_view made_of)
{
    std::string all = R"("song_history":[)";
    for (size_t i = 0; i < count; i++) {
        all += i > 0 ? "," : "";
        all += made_of;
    }
    return all + "],";
}

void the_default_mount_tells_of_the_stream(void**)
{
    Answer answer(station(""));
    assert_true(answer[0].stream.type == "audio/mpeg");
    assert_int_equal(answer[0].stream.bitrate, 192);
    Answer without(
        R"({"station":{"shortcode":"x","mounts":[{"format":"opus"}],)"
        R"("remotes":[{"format":"flac"}]},"now_playing":null,)"
        R"("is_online":true})");
    assert_true(without[0].stream.type == "audio/ogg");
    Answer remote(R"({"station":{"shortcode":"x","mounts":[],"remotes":[)"
                  R"({"format":"flac","bitrate":900},{"format":"mp3"}]},)"
                  R"("now_playing":null,"is_online":true})");
    assert_true(remote[0].stream.type == "audio/flac");
    assert_int_equal(remote[0].stream.bitrate, 900);
    Answer unknown(R"({"station":{"shortcode":"x","mounts":[{"format":"midi"}])"
                   R"(},"now_playing":null,"is_online":true})");
    assert_true(unknown[0].stream.type.empty());
}

void a_presenter_is_told_only_while_live(void**)
{
    constexpr std::string_view kName =
        R"("streamer_name":"DJ X","broadcast_start":1795289000},)";
    Answer live(station(R"("live":{"is_live":true,)" + std::string(kName)));
    assert_true(live[0].dj == "DJ X");
    assert_int_equal(live[0].since, 1795289000000);
    Answer gone(station(R"("live":{"is_live":false,)" + std::string(kName)));
    assert_true(gone[0].dj.empty());
    assert_int_equal(gone[0].since, kNoTime);
}

void a_version_that_never_says_online_is_on_air_with_a_song(void**)
{
    const std::string head = R"({"station":{"id":1,"shortcode":"n"},)"
                             R"("listeners":{"total":6},"now_playing":)";
    const struct {
        const char* played;
        bool on_air;
    } rows[] = {
        {R"({"song":{"text":"A - T","artist":"A","title":"T"}}})", true},
        {R"({"song":{"title":"T"}},"is_online":null})", true},
        {R"({"song":{"text":"A - T"}},"is_online":false})", false},
        {R"({"song":{"text":"Station Offline"}}})", false},
        {R"({"song":{"title":"Station Offline"}}})", false},
        {R"({"song":{"id":"5a6a865199cf5df73b1417326d2ff24f",)"
         R"("text":"Sender aus"}}})",
         false},
        {R"({"song":{"text":""}}})", false},
        {"null}", false},
    };
    for (const auto& row : rows) {
        // By type=auto, so that it is known as well.
        Answer answer(head + row.played);
        assert_int_equal(answer.reports->format, Format::kAzuracast);
        assert_int_equal(answer[0].on_air, row.on_air);
        assert_int_equal(answer[0].now.text.empty(), !row.on_air);
        assert_int_equal(answer[0].listeners.current, 6);
    }
}

void off_air_there_is_no_track(void**)
{
    std::string body = station(R"("playing_next":{"song":{"text":"N - N"}},)");
    Answer on(body);
    assert_true(on[0].now.text == "A - T" && on[0].next.text == "N - N");
    body.replace(body.rfind("true"), 4, "false");
    Answer off(body);
    assert_false(off[0].on_air);
    assert_true(off[0].now.text.empty() && off[0].next.text.empty());
    assert_true(off[0].stream.name == "Rock FM");
}

void listeners_are_the_total_before_the_current(void**)
{
    Answer both(station(R"("listeners":{"total":9,"current":5,"unique":3},)"));
    assert_int_equal(both[0].listeners.current, 9);
    assert_int_equal(both[0].listeners.unique, 3);
    assert_int_equal(both[0].listeners.peak, -1);
    Answer old(station(R"("listeners":{"current":5},)"));
    assert_int_equal(old[0].listeners.current, 5);
    assert_int_equal(Answer(station(""))[0].listeners.current, -1);
}

void rows_without_a_song_are_no_history(void**)
{
    Answer answer(station(
        R"("song_history":[{"song":{"text":"a - b"},"played_at":1795289000},)"
        R"({"song":{}},{},null,7,{"song":{"title":"c"},"duration":60},)"
        R"({"song":{"text":"Unknown"}}],)"));
    const Report& report = answer[0];
    assert_int_equal(report.history.size(), 2);
    assert_true(report.history[0].artist == "a");
    assert_int_equal(report.history[0].started, 1795289000000);
    assert_true(report.history[1].title == "c");
    assert_int_equal(report.history[1].duration_ms, 60000);
}

void a_long_history_is_cut(void**)
{
    Answer most(station(songs(64, R"({"song":{"text":"a - b"}})")));
    assert_int_equal(most[0].history.size(), 64);
    Answer more(station(songs(65, R"({"song":{"text":"a - b"}})")));
    assert_int_equal(more[0].history.size(), 64);
}

void a_station_without_a_shortcode_is_left_out(void**)
{
    std::string nameless = station("");
    nameless.replace(nameless.find("rock"), 4, "/");
    Answer answer("[" + nameless + "," + station("") + "]");
    assert_int_equal(answer.reports->stations.size(), 1);
    assert_true(answer[0].station == "rock");
    assert_int_equal(answer.reports->left_out.nameless, 1);
}

void what_is_not_of_a_station_is_another_format(void**)
{
    for (const char* body : {"{}", R"({"station":"x"})", R"({"station":[]})"}) {
        Answer answer(body, only(Format::kAzuracast));
        assert_int_equal(answer.reports.fault(), Fault::kUnknownFormat);
    }
    Answer none("[]", only(Format::kAzuracast));
    assert_int_equal(none.reports->stations.size(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_default_mount_tells_of_the_stream),
        cmocka_unit_test(a_presenter_is_told_only_while_live),
        cmocka_unit_test(
            a_version_that_never_says_online_is_on_air_with_a_song),
        cmocka_unit_test(off_air_there_is_no_track),
        cmocka_unit_test(listeners_are_the_total_before_the_current),
        cmocka_unit_test(rows_without_a_song_are_no_history),
        cmocka_unit_test(a_long_history_is_cut),
        cmocka_unit_test(a_station_without_a_shortcode_is_left_out),
        cmocka_unit_test(what_is_not_of_a_station_is_another_format),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
