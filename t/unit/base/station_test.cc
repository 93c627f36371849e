#include <string>

#include "unit/cmocka.h"

#include "base/station.h"

using namespace onair;

namespace {

std::string id_of(std::string_view text, std::string_view artist,
                  std::string_view title)
{
    Track track;
    track.text = text;
    track.artist = artist;
    track.title = title;
    return std::string(track_id(track).view());
}

void an_id_is_the_same_on_every_machine(void**)
{
    assert_string_equal(id_of("A - T", "A", "T").c_str(), "2237df8195df8c32");
}

void an_id_tells_apart_where_a_text_ends(void**)
{
    assert_string_not_equal(id_of("", "ab", "c").c_str(),
                            id_of("", "a", "bc").c_str());
    assert_string_not_equal(id_of("x", "", "").c_str(),
                            id_of("", "x", "").c_str());
}

void a_track_without_texts_has_no_id(void**)
{
    assert_int_equal(id_of("", "", "").size(), 0);
    assert_int_equal(id_of("x", "", "").size(), 16);
}

void a_cover_that_comes_later_is_no_other_track(void**)
{
    Track a;
    a.text = "A - T";
    a.started = 1;
    Track b = a;
    b.art = "https://example.org/a.jpg";
    b.started = 2;
    assert_true(same_track(a, b));
    b.title = "T";
    assert_false(same_track(a, b));
}

void an_equal_track_has_an_equal_id(void**)
{
    Track a;
    a.title = "T";
    Track b = a;
    b.album = "other";
    assert_true(track_id(a).view() == track_id(b).view());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_the_same_on_every_machine),
        cmocka_unit_test(an_id_tells_apart_where_a_text_ends),
        cmocka_unit_test(a_track_without_texts_has_no_id),
        cmocka_unit_test(a_cover_that_comes_later_is_no_other_track),
        cmocka_unit_test(an_equal_track_has_an_equal_id),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
