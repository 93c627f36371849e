#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "source/feed.h"

using namespace onair;
using namespace onair::source;

namespace {

std::string capture(const std::string& path)
{
    const char* from = getenv("ONAIR_FIXTURES");
    std::ifstream file((from != nullptr ? from : "t/fixtures") + ("/" + path),
                       std::ios::binary);
    return {std::istreambuf_iterator<char>(file),
            std::istreambuf_iterator<char>()};
}

size_t count(const std::string& text)
{
    FeedReader reader;
    return reader.take(bytes_of(text));
}

void a_change_of_a_mount_counts(void**)
{
    assert_int_equal(count("EVENT /a title A - T\n"), 1);
    assert_int_equal(count("EVENT /a title null\n"), 1);
    assert_int_equal(count("EVENT /a artist A\r\n"), 1);
    assert_int_equal(count("EVENT /a listeners 3\n"), 1);
    assert_int_equal(count("EVENT /a null null\n"), 1);
    assert_int_equal(count("EVENT /a stream_start Sat\n"), 1);
    assert_int_equal(count("EVENT /a metadata_updated x\n"), 1);
    assert_int_equal(count("NEW audio/mpeg /a\nDELETE /a\n"), 2);
}

void what_a_poll_itself_moves_does_not(void**)
{
    assert_int_equal(count("EVENT global clients 5\n"
                           "EVENT global connections 3961\n"
                           "EVENT global client_connections 3935\n"
                           "EVENT global clients 4\n"
                           "EVENT global listeners 1\n"
                           "EVENT global title x\n"
                           "EVENT /a total_bytes_read 67754\n"
                           "EVENT /a listener_peak 1\n"
                           "EVENT /a connections null\n"
                           "EVENT /a\nEVENT\n\nsecond line of a title\n"),
                     0);
}

void a_line_counts_when_it_is_whole(void**)
{
    FeedReader reader;
    assert_int_equal(reader.take(bytes_of("EVENT /a ti")), 0);
    assert_int_equal(reader.take(bytes_of("tle x")), 0);
    assert_int_equal(reader.take(bytes_of("\nEVENT ")), 1);
    assert_int_equal(reader.seen(), 23);
}

void an_event_counts_by_its_trigger(void**)
{
    auto event = [](const std::string& trigger) {
        return "data: {\"type\":\"event\",\"crude\":{\"trigger\":\"" + trigger +
               "\",\"uri\":\"/a\"},\"mount\":\"/a\"}\n\n";
    };
    assert_int_equal(count(event("source-connect")), 1);
    assert_int_equal(count(event("source-disconnect")), 1);
    assert_int_equal(count(event("source-listeners-changed")), 1);
    assert_int_equal(count(event("format-metadata-changed")), 1);
    assert_int_equal(count(event("source-flags-changed")), 0);
    assert_int_equal(count(event("source-listener-attach")), 0);
    assert_int_equal(
        count("data:{\"mount\":\"/a\",\"type\":\"vc\",\"vc\":{}}\n"), 1);
    assert_int_equal(count("data: {\"type\":\"vc\"}\nid: x\n: y\n"), 0);
    // A title that looks like an event is only a title.
    assert_int_equal(count("data: {\"t\":\"\\\"mount\\\":\\\"/a\\\" "
                           "\\\"type\\\":\\\"vc\\\"\"}\n"),
                     0);
}

void a_line_past_the_bound_is_judged_by_its_begin(void**)
{
    assert_int_equal(
        count("EVENT /a title " + std::string(5000, 'x') + "\nEVENT /a x y\n"),
        1);
}

void captures_count_alike_however_they_are_cut(void**)
{
    struct Case {
        const char* path;
        size_t changes;
    };
    const Case cases[] = {{"icecast-2.4.4/stats-event-stream.txt", 57},
                          {"icecast-2.5.0/eventfeed.sse", 95}};
    for (const Case& one : cases) {
        std::string text = capture(one.path);
        assert_int_equal(count(text), one.changes);
        for (size_t part : {1, 7, 1000}) {
            FeedReader reader;
            size_t changes = 0;
            for (size_t at = 0; at < text.size(); at += part) {
                changes += reader.take(bytes_of(text.substr(at, part)));
            }
            assert_int_equal(changes, one.changes);
        }
    }
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_change_of_a_mount_counts),
        cmocka_unit_test(what_a_poll_itself_moves_does_not),
        cmocka_unit_test(a_line_counts_when_it_is_whole),
        cmocka_unit_test(an_event_counts_by_its_trigger),
        cmocka_unit_test(a_line_past_the_bound_is_judged_by_its_begin),
        cmocka_unit_test(captures_count_alike_however_they_are_cut),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
