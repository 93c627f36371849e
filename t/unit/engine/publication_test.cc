#include "engine/publication.h"

#include "unit/cmocka.h"

#include <string>
#include <vector>

using namespace onair;
using namespace onair::engine;

namespace {

Publication sample()
{
    Publication p;
    p.machine = 0x0123456789abcdef;
    p.time = 1764300000123;
    p.parts = kState | kCounts;
    p.source.key = 77;
    p.source.priority = 2;
    p.source.stale_ms = 5000;
    p.source.hold_ms = 10000;
    p.report.station = "rock";
    p.report.on_air = true;
    p.report.since = 1764000000000;
    p.report.now.text = "Anna - One";
    p.report.now.artist = "Anna";
    p.report.now.title = "One";
    p.report.now.art = "https://example.com/a%20b.png?x=%2f&y=\xc3\xa4";
    p.report.now.url = "/local";
    p.report.now.started = 1764300000000;
    p.report.now.duration_ms = 180000;
    p.report.next.title = "Two";
    p.report.dj = "Carl";
    p.report.stream.name = "Rock FM";
    p.report.stream.bitrate = 128;
    p.report.listeners = {7, 9, -1};
    return p;
}

std::vector<uint8_t> packed(const Publication& p)
{
    std::vector<uint8_t> out(kMaxPublication);
    out.resize(pack_publication(p, out).size());
    return out;
}

void what_is_packed_is_read_as_it_was(void**)
{
    Publication p = sample();
    p.report.now.art = "https://example.com/a%20b.png?x=%2f";
    std::vector<uint8_t> bytes = packed(p);
    Result<Publication> read = unpack_publication(bytes);
    assert_true(read.ok());
    assert_true(read->machine == p.machine && read->time == p.time);
    assert_int_equal(read->source.key, 77);
    assert_int_equal(read->source.priority, 2);
    assert_int_equal(read->source.stale_ms, 5000);
    assert_int_equal(read->source.offline_ms, 5000);
    assert_true(read->source.partial && read->source.pushed);
    assert_true(read->report.station == "rock");
    assert_true(read->report.on_air && !read->report.only_counts);
    assert_true(read->report.now.artist == "Anna");
    assert_true(read->report.now.art == p.report.now.art);
    assert_true(read->report.now.started == p.report.now.started);
    assert_true(read->report.now.duration_ms == 180000);
    assert_true(read->report.next.title == "Two");
    assert_true(read->report.dj == "Carl");
    assert_true(read->report.stream == p.report.stream);
    assert_true(read->report.listeners == p.report.listeners);
}

void each_part_stands_by_itself(void**)
{
    Publication p = sample();
    p.parts = kCounts;
    Result<Publication> counts = unpack_publication(packed(p));
    assert_true(counts.ok() && counts->report.only_counts);
    assert_int_equal(counts->report.listeners.current, 7);
    p.parts = kState;
    std::vector<uint8_t> bytes = packed(p);
    Result<Publication> state = unpack_publication(bytes);
    assert_true(state.ok() && !state->report.only_counts);
    assert_true(state->report.listeners == Listeners());
}

void what_is_cut_or_has_more_is_none_of_ours(void**)
{
    std::vector<uint8_t> bytes = packed(sample());
    for (size_t size = 0; size < bytes.size(); size++) {
        assert_false(unpack_publication(ConstBytes(bytes).first(size)).ok());
    }
    bytes.push_back(0);
    assert_false(unpack_publication(bytes).ok());
}

void what_breaks_a_rule_is_none_of_ours(void**)
{
    std::string control = "a\nb";
    std::string odd = "\xff\xfe";
    for (std::string_view bad :
         {std::string_view(control), std::string_view(odd)}) {
        Publication p = sample();
        p.report.now.title = bad;
        assert_false(unpack_publication(packed(p)).ok());
        p = sample();
        p.report.station = bad;
        assert_false(unpack_publication(packed(p)).ok());
    }
    std::string longer(kMaxUrl + 1, 'x');
    Publication p = sample();
    p.report.stream.listen = longer;
    assert_false(unpack_publication(packed(p)).ok());
    p = sample();
    p.parts = 0;
    assert_false(unpack_publication(packed(p)).ok());
    p = sample();
    p.source.key = 0;
    assert_false(unpack_publication(packed(p)).ok());
    p = sample();
    p.report.station = {};
    assert_false(unpack_publication(packed(p)).ok());
    p = sample();
    p.time = 5;
    assert_false(unpack_publication(packed(p)).ok());
}

void a_url_that_no_source_may_say_is_left_out(void**)
{
    Publication p = sample();
    p.report.now.art = "javascript:alert(1)";
    std::vector<uint8_t> bytes = packed(p);
    Result<Publication> read = unpack_publication(bytes);
    assert_true(read.ok());
    assert_true(read->report.now.art.empty());
    assert_true(read->report.now.url == "/local");
}

void counts_out_of_range_are_brought_into_it(void**)
{
    Publication p = sample();
    p.report.listeners = {INT64_MAX, INT64_MIN, -1};
    Result<Publication> read = unpack_publication(packed(p));
    assert_true(read.ok());
    assert_true(read->report.listeners.current == kMostTime);
    assert_true(read->report.listeners.peak == -1);
}

void the_longest_texts_fit(void**)
{
    std::string text(kMaxText, 'x');
    std::string url = "/" + std::string(kMaxUrl - 1, 'x');
    std::string name(kMaxName, 'x');
    Publication p = sample();
    p.report.station = name;
    p.report.now = {text, text, text, text, url, url, 5, 5};
    p.report.next = p.report.now;
    p.report.dj = text;
    p.report.stream = {text, text, text, url, url, text, 5};
    std::vector<uint8_t> bytes = packed(p);
    Result<Publication> read = unpack_publication(bytes);
    assert_true(read.ok());
    assert_true(read->report.stream == p.report.stream);
}

void its_register_has_parts_source_and_station(void**)
{
    char out[kMaxFieldFront + kMaxName];
    Publication p = sample();
    p.parts = kCounts;
    assert_true(write_register(p, out) == "2 0000004d rock");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_is_packed_is_read_as_it_was),
        cmocka_unit_test(each_part_stands_by_itself),
        cmocka_unit_test(what_is_cut_or_has_more_is_none_of_ours),
        cmocka_unit_test(what_breaks_a_rule_is_none_of_ours),
        cmocka_unit_test(a_url_that_no_source_may_say_is_left_out),
        cmocka_unit_test(counts_out_of_range_are_brought_into_it),
        cmocka_unit_test(the_longest_texts_fit),
        cmocka_unit_test(its_register_has_parts_source_and_station),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
