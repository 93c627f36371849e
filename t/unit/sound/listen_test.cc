#include "sound/listen.h"

#include "unit/cmocka.h"

using namespace onair;
using namespace onair::sound;

namespace {

void a_range_is_from_a_byte_on_or_none(void**)
{
    assert_int_equal(*read_range("bytes=0-"), 0);
    assert_int_equal(*read_range(" bytes=191000- "), 191000);
    for (const char* other :
         {"", "bytes=", "bytes=-", "bytes=-5", "bytes=0-1", "bytes=1-,5-",
          "bytes=+1-", "bytes=1 -", "Bytes=1-", "bytes=4611686018427387904-",
          "bytes=99999999999999999999-", "items=1-"}) {
        assert_false(read_range(other).has_value());
    }
}

void a_place_comes_back_as_it_was_written(void**)
{
    const struct {
        From from;
        const char* text;
    } rows[] = {{{12345678901, 0}, "from=12345678901"},
                {{5, 137}, "from=5-137"}};
    for (const auto& row : rows) {
        char room[64];
        Writer out(room);
        write_from(out, row.from);
        assert_true(out.view() == row.text);
        auto read = read_from(out.view());
        assert_true(read && read->position == row.from.position &&
                    read->head == row.from.head);
    }
    assert_int_equal(read_from("a=1&from=7&from=8")->position, 7);
    // Else a browser would be sent there again and again.
    assert_int_equal(read_from("from=x&from=8")->position, 8);
    for (const char* other : {"", "from", "from=", "from=x", "from=-5",
                              "from=5-", "from=5-x", "xfrom=5", "&&"}) {
        assert_false(read_from(other).has_value());
    }
}

void a_browser_is_redirected_and_then_goes_on_at_the_byte(void**)
{
    Listen first = listen_as("", "bytes=0-", "audio", "", true);
    assert_true(first.audio && first.redirect && !first.partial);
    Listen second = listen_as("", "bytes=0-", "audio", "from=100", true);
    assert_true(second.at_position && !second.redirect && !second.partial);
    assert_int_equal(second.position, 100);
    Listen again = listen_as("", "bytes=50-", "audio", "from=100", true);
    assert_true(again.partial && again.at_position);
    assert_int_equal(again.position, 150);
    assert_int_equal(again.resumes, 50);
    // What came first were head pages.
    assert_int_equal(
        listen_as("", "bytes=150-", "audio", "from=100-137", false).position,
        113);
    assert_int_equal(
        listen_as("", "bytes=100-", "audio", "from=100-137", false).position,
        100);
}

void titles_are_for_who_asks_and_for_frames(void**)
{
    assert_true(listen_as("1", "", "", "", true).icy);
    assert_true(listen_as(" 2 ", "", "", "", true).icy);
    for (const char* other : {"", "0", "x", "-1", "1x"}) {
        assert_false(listen_as(other, "", "", "", true).icy);
    }
    assert_false(listen_as("1", "", "", "", false).icy);
    assert_false(listen_as("1", "", "audio", "from=1", true).icy);
    // Nobody knows the place of a player that gets titles in between.
    assert_false(listen_as("1", "bytes=5-", "", "from=1", true).partial);
    // Nor that of one who comes without it.
    Listen bare = listen_as("", "bytes=5-", "", "", true);
    assert_true(!bare.partial && !bare.redirect && !bare.at_position);
}

void a_page_goes_on_where_its_last_event_ended(void**)
{
    Listen fresh = listen_as_page("", "");
    assert_true(!fresh.at_position && !fresh.audio && !fresh.icy &&
                !fresh.redirect && !fresh.partial);
    Listen page = listen_as_page("", "a=b&from=77");
    assert_true(page.at_position && page.position == 77);
    page = listen_as_page(" 99 ", "from=77");
    assert_true(page.at_position && page.position == 99);
    for (const char* other : {"x", "-1", "1-2", "99999999999999999999"}) {
        assert_false(listen_as_page(other, "").at_position);
        assert_int_equal(listen_as_page(other, "from=5").position, 5);
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_from_a_byte_on_or_none),
        cmocka_unit_test(a_place_comes_back_as_it_was_written),
        cmocka_unit_test(a_browser_is_redirected_and_then_goes_on_at_the_byte),
        cmocka_unit_test(a_page_goes_on_where_its_last_event_ended),
        cmocka_unit_test(titles_are_for_who_asks_and_for_frames),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
