// Marks become what time has made of them; what is between them stays to the
// byte.
#include <string>

#include "unit/cmocka.h"

#include "encoder/now_playing_original.h"
#include "unit/encoder/written.h"

using namespace onair;
using namespace onair::encoder;

namespace {

constexpr UnixMs kSaid = 1760000020000;

struct Told {
    slot::State state;
    View view;

    explicit Told(std::string_view text)
    {
        state.original.text = text;
        state.original.said = kSaid;
        state.at.status = Status::kLive;
        view.clock = kSaid;
    }
    std::string after(int64_t seconds, bool pushed = true)
    {
        view.clock = kSaid + seconds * 1000;
        return written(
            [&](Writer& out) { write_original(out, state, view, pushed); });
    }
};

Original original(std::string_view text)
{
    Original made;
    made.text = text;
    return made;
}

void what_holds_no_mark_is_told_to_the_byte(void**)
{
    Told told("{\"a\":\"\xd0\x9c\\u003c\",\"b\":[1,2]}");
    assert_string_equal(told.after(7).c_str(),
                        "{\"a\":\"\xd0\x9c\\u003c\",\"b\":[1,2]}");
}

void elapsed_and_remaining_go_on_together(void**)
{
    Told told(
        "[\x01"
        "25\x01,\x02"
        "155\x02]");
    assert_string_equal(told.after(0).c_str(), "[25,155]");
    assert_string_equal(told.after(10).c_str(), "[35,145]");
    assert_string_equal(told.after(155).c_str(), "[180,0]");
    // A track does not last longer than it does.
    assert_string_equal(told.after(3600).c_str(), "[180,0]");
    // A clock that was set back.
    assert_string_equal(told.after(-50).c_str(), "[25,155]");
}

void without_an_end_elapsed_grows(void**)
{
    Told told(
        "[\x01"
        "25\x01,\x02"
        "0\x02]");
    assert_string_equal(told.after(100).c_str(), "[125,0]");
    slot::Played track;
    track.track.duration_ms = 25000;
    told.state.tracks = {&track, 1};
    told.state.at.on = true;
    assert_string_equal(told.after(100).c_str(), "[25,0]");
}

void times_that_cannot_be_are_none(void**)
{
    Told told(
        "[\x01-3\x01,\x02"
        "9e9\x02]");
    assert_string_equal(told.after(1).c_str(), "[1,8]");
    Told huge(
        "[\x01"
        "99999999999999999999\x01,\x02x\x02]");
    assert_string_equal(huge.after(0).c_str(), "[0,0]");
}

void a_station_that_is_off_air_is_not_online(void**)
{
    Told told("{\"is_online\":\x03true\x03}");
    assert_string_equal(told.after(0).c_str(), "{\"is_online\":true}");
    told.state.at.status = Status::kOffline;
    assert_string_equal(told.after(0).c_str(), "{\"is_online\":false}");
    Told off(
        "{\"is_online\":\x03"
        "false\x03}");
    assert_string_equal(off.after(0).c_str(), "{\"is_online\":false}");
}

void the_cache_is_the_way_by_which_it_is_told(void**)
{
    Told told("{\"cache\":\x04}");
    assert_string_equal(told.after(0, true).c_str(), "{\"cache\":\"event\"}");
    assert_string_equal(told.after(0, false).c_str(), "{\"cache\":null}");
}

void the_station_s_marks_go(void**)
{
    Told told("{\"station\":\x05{\"id\":3}\x05,\"x\":1}");
    assert_string_equal(told.after(0).c_str(),
                        "{\"station\":{\"id\":3},\"x\":1}");
}

void a_mark_without_its_other_half_goes(void**)
{
    Told told(
        "[\x01"
        "25]");
    assert_string_equal(told.after(5).c_str(), "[25]");
    Told end("[]\x03");
    assert_string_equal(end.after(5).c_str(), "[]");
}

void a_text_that_would_break_a_line_is_not_told(void**)
{
    assert_true(
        can_be_told(original("{\x01"
                             "1\x01\x04\x05}")));
    assert_true(can_be_told(original("\xd0\x9c\x7f")));
    for (std::string_view text :
         {std::string_view(), std::string_view("a\n"), std::string_view("\r"),
          std::string_view("a\0b", 3), std::string_view("\x06"),
          std::string_view("\x1f")}) {
        assert_false(can_be_told(original(text)));
        assert_true(own_station(original(text)).empty());
    }
}

void the_station_and_its_number_are_found(void**)
{
    const struct {
        std::string_view text;
        std::string_view station;
        uint32_t number;
    } rows[] = {
        {"{\"station\":\x05{\"id\":3,\"x\":[]}\x05}", "{\"id\":3,\"x\":[]}", 3},
        {"\x05{\"id\":4294967295}\x05", "{\"id\":4294967295}", UINT32_MAX},
        {"\x05{\"id\":4294967299}\x05", "{\"id\":4294967299}", 0},
        {"\x05{\"id\":-1}\x05", "{\"id\":-1}", 0},
        {"\x05{\"id\":\"3\"}\x05", "{\"id\":\"3\"}", 0},
        // One of a mount's is not its own.
        {"\x05{\"m\":{\"id\":7}}\x05", "{\"m\":{\"id\":7}}", 0},
        {"\x05{\"id\":3}", "", 0},
        {"{}", "", 0},
    };
    for (const auto& row : rows) {
        assert_true(own_station(original(row.text)) == row.station);
        assert_int_equal(own_station_number(original(row.text)), row.number);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_no_mark_is_told_to_the_byte),
        cmocka_unit_test(elapsed_and_remaining_go_on_together),
        cmocka_unit_test(without_an_end_elapsed_grows),
        cmocka_unit_test(times_that_cannot_be_are_none),
        cmocka_unit_test(a_station_that_is_off_air_is_not_online),
        cmocka_unit_test(the_cache_is_the_way_by_which_it_is_told),
        cmocka_unit_test(the_station_s_marks_go),
        cmocka_unit_test(a_mark_without_its_other_half_goes),
        cmocka_unit_test(a_text_that_would_break_a_line_is_not_told),
        cmocka_unit_test(the_station_and_its_number_are_found),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
