// What a report changes in what is known of its source: hearing.h.
#include <cstdlib>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "record_rig.h"
#include "slot/hearing.h"

using namespace onair;
using namespace onair::slot;

namespace {

Report playing(std::string_view title)
{
    Report report;
    report.on_air = true;
    report.now.text = report.now.title = title;
    return report;
}

Source source_of(uint32_t key)
{
    Source source;
    source.key = key;
    return source;
}

void each_part_of_a_report_is_in_its_digest(void**)
{
    const Source source = source_of(1);
    Report base = playing("A");
    uint64_t said = digest_of(base, source);
    assert_true(digest_of(playing("A"), source) == said);
    std::vector<Report> others(18, base);
    others[0].on_air = false;
    others[1].since = 5;
    others[2].now.title = "B";
    others[3].now.text = "B";
    others[4].now.artist = "x";
    others[5].now.album = "x";
    others[6].now.art = "/x";
    others[7].now.url = "/x";
    others[8].now.started = 7;
    others[9].now.duration_ms = 7;
    others[10].next.title = "x";
    others[11].dj = "x";
    others[12].listeners.current = 0;
    others[13].listeners.peak = 0;
    others[14].listeners.unique = 0;
    others[15].stream.name = "x";
    others[16].stream.bitrate = 0;
    // The same letters elsewhere are another report.
    others[17].now.text = "";
    others[17].now.artist = "A";
    for (const Report& other : others) {
        assert_true(digest_of(other, source) != said);
    }
    // Nor is a source that is judged otherwise the same.
    Source strict = source;
    strict.stale_ms = 1;
    assert_true(digest_of(base, strict) != said);
    assert_true(digest_of(base, source_of(2)) != said);
    assert_true(digest_of_missing(source) != said);
    assert_true(digest_of_missing(strict) != digest_of_missing(source));
}

void the_source_s_own_history_is_not_in_it(void**)
{
    Report report = playing("A");
    uint64_t said = digest_of(report, source_of(1));
    Track before = track_of("Before");
    report.history = {&before, 1};
    assert_true(digest_of(report, source_of(1)) == said);
}

void a_source_has_its_entry_or_a_free_one(void**)
{
    RecordRig rig;
    assert_int_equal(entry_for(rig.record, 7), 0);
    rig.record.sources[2].source.key = 7;
    assert_int_equal(entry_for(rig.record, 7), 2);
    rig.record.sources[0].source.key = 5;
    assert_int_equal(entry_for(rig.record, 9), 1);
}

void of_a_full_record_the_longest_silent_gives_way(void**)
{
    RecordRig rig;
    for (uint32_t i = 0; i < kMaxSources; i++) {
        rig.record.sources[i].source.key = i + 1;
        rig.record.sources[i].last_good = 10 + i;
    }
    assert_int_equal(entry_for(rig.record, 9), 0);
    rig.record.sources[3].last_good = 1;
    assert_int_equal(entry_for(rig.record, 9), 3);
    // Never the one whose word stands.
    rig.record.in_force = 3;
    assert_int_equal(entry_for(rig.record, 9), 0);
    rig.record.in_force = 0;
    rig.record.sources[3].last_good = 100;
    assert_int_equal(entry_for(rig.record, 9), 1);
}

void another_source_takes_over_nothing_of_the_one_before(void**)
{
    RecordRig rig;
    fill(rig.record, 0, 0);
    hear(rig.record, 1, playing("New"), source_of(8), 500);
    const SourceEntry& e = rig.record.sources[1];
    assert_int_equal(e.source.key, 8);
    assert_true(e.now.title == "New" && e.dj.empty());
    assert_true(e.stream == Stream());
    assert_int_equal(e.digests.stream, 0);
    assert_int_equal(e.since, kNoTime);
    assert_int_equal(e.good_since, 0);
    assert_int_equal(e.streams_seen, 1);
}

void a_stream_lives_until_it_is_away_or_says_so(void**)
{
    RecordRig rig;
    const SourceEntry& e = rig.record.sources[0];
    auto say = [&](bool on_air, UnixMs since, Ticks now) {
        Report report = playing("A");
        report.on_air = on_air;
        report.since = since;
        hear(rig.record, 0, report, source_of(1), now);
        return e.streams_seen;
    };
    assert_int_equal(say(false, kNoTime, 1), 0);
    assert_int_equal(say(true, kNoTime, 2), 1);
    assert_int_equal(say(true, kNoTime, 3), 1);
    assert_int_equal(say(true, 1000, 4), 1);  // says it now, was up before
    assert_int_equal(say(true, kNoTime, 5), 1);
    assert_int_equal(e.since, 1000);
    assert_int_equal(say(true, 2000, 6), 2);
    assert_int_equal(say(false, 2000, 7), 2);
    assert_int_equal(say(true, 2000, 8), 3);
}

void being_good_without_a_break_is_counted_from_the_first(void**)
{
    RecordRig rig;
    const SourceEntry& e = rig.record.sources[0];
    auto say = [&](bool on_air, Ticks now) {
        Report report = playing("A");
        report.on_air = on_air;
        hear(rig.record, 0, report, source_of(1), now);
        return e.good_since;
    };
    // One that is new was never bad: as good as for ever.
    assert_int_equal(say(true, 100), 0);
    assert_int_equal(say(true, 15100), 0);
    assert_int_equal(say(true, 30101), 30101);  // more than stale_ms
    assert_int_equal(say(false, 30200), 30101);
    assert_int_equal(say(true, 30300), 30300);
}

void how_long_there_was_no_title_is_known(void**)
{
    RecordRig rig;
    const SourceEntry& e = rig.record.sources[0];
    hear(rig.record, 0, playing(""), source_of(1), 0);
    assert_int_equal(e.untitled, 1);  // 0 would say it has one
    hear(rig.record, 0, playing(""), source_of(1), 50);
    assert_int_equal(e.untitled, 1);
    hear(rig.record, 0, playing("A"), source_of(1), 60);
    assert_int_equal(e.untitled, 0);
    hear(rig.record, 0, playing(""), source_of(1), 70);
    assert_int_equal(e.untitled, 70);
    hear_missing(rig.record, 0, source_of(1), 80);
    assert_int_equal(e.untitled, 0);
}

void what_is_said_of_the_stream_stays_while_off_air(void**)
{
    RecordRig rig;
    Report report = playing("A");
    report.stream.name = "Rock";
    hear(rig.record, 0, report, source_of(1), 1);
    Report off;
    hear(rig.record, 0, off, source_of(1), 2);
    assert_true(rig.record.sources[0].stream.name == "Rock");
    assert_true(rig.record.sources[0].digests.stream != 0);
    hear(rig.record, 0, playing("A"), source_of(1), 3);
    assert_true(rig.record.sources[0].stream.name.empty());
    assert_int_equal(rig.record.sources[0].digests.stream, 0);
}

void a_partial_source_takes_nothing_back_by_silence(void**)
{
    RecordRig rig;
    Source partial = source_of(1);
    partial.partial = true;
    Report report = playing("A");
    report.stream.name = "Rock";
    report.listeners.current = 5;
    hear(rig.record, 0, report, partial, 1);
    hear(rig.record, 0, playing("B"), partial, 2);
    assert_true(rig.record.sources[0].stream.name == "Rock");
    assert_int_equal(rig.record.sources[0].listeners.current, 5);
    assert_true(rig.record.sources[0].now.title == "B");
    report.listeners = {};
    report.listeners.peak = 9;
    hear(rig.record, 0, report, partial, 3);
    assert_int_equal(rig.record.sources[0].listeners.current, -1);
}

void counts_alone_leave_the_rest_as_it_was_said(void**)
{
    RecordRig rig;
    Source partial = source_of(1);
    partial.partial = true;
    Report counts;
    counts.only_counts = true;
    counts.listeners.current = 5;
    hear(rig.record, 0, counts, partial, 1);
    const SourceEntry& e = rig.record.sources[0];
    assert_false(e.on_air);
    assert_int_equal(e.digests.track, 0);
    assert_int_equal(e.listeners.current, 5);

    hear(rig.record, 0, playing("A"), partial, 2);
    counts.listeners.current = 6;
    counts.dj = "Annie";
    counts.stream.name = "Rock";
    hear(rig.record, 0, counts, partial, 3);
    assert_true(e.on_air);
    assert_true(e.now.title == "A");
    assert_true(e.digests.track != 0);
    assert_int_equal(e.listeners.current, 6);
    assert_true(e.dj == "Annie");
    assert_true(e.stream.name == "Rock");
    assert_int_equal(e.last_good, 3);

    Report off = playing("A");
    off.on_air = false;
    hear(rig.record, 0, off, partial, 4);
    hear(rig.record, 0, counts, partial, 5);
    assert_false(e.on_air);
}

void a_missing_station_has_no_listeners_but_a_peak(void**)
{
    RecordRig rig;
    Report report = playing("A");
    report.listeners = {5, 9, -1};
    hear(rig.record, 0, report, source_of(1), 1);
    hear_missing(rig.record, 0, source_of(1), 2);
    const SourceEntry& e = rig.record.sources[0];
    assert_false(e.on_air);
    assert_int_equal(e.last_good, 2);
    assert_int_equal(e.listeners.current, 0);
    assert_int_equal(e.listeners.peak, 9);
    assert_int_equal(e.listeners.unique, -1);
    assert_true(e.now.title == "A");
    report.listeners = {5, 9, 4};
    hear(rig.record, 0, report, source_of(1), 3);
    hear_missing(rig.record, 0, source_of(1), 4);
    assert_int_equal(e.listeners.unique, 0);
    report.listeners = {-1, -1, -1};
    hear(rig.record, 0, report, source_of(1), 5);
    hear_missing(rig.record, 0, source_of(1), 6);
    assert_int_equal(e.listeners.current, -1);
}

void texts_are_bounded(void**)
{
    RecordRig rig;
    std::string text(kMaxText + 1, 'x');
    std::string url(kMaxUrl + 1, 'x');
    Report report = playing(text);
    report.next = playing(text).now;
    report.now.artist = report.now.album = text;
    report.now.art = report.now.url = url;
    report.dj = text;
    report.stream = {text, text, text, url, url, text, 1};
    hear(rig.record, 0, report, source_of(1), 1);
    const SourceEntry& e = rig.record.sources[0];
    for (std::string_view kept :
         {e.now.text, e.now.artist, e.now.title, e.now.album, e.next.title,
          e.dj, e.stream.name, e.stream.description, e.stream.genre,
          e.stream.type}) {
        assert_int_equal(kept.size(), kMaxText);
    }
    for (std::string_view kept :
         {e.now.art, e.now.url, e.stream.url, e.stream.listen}) {
        assert_int_equal(kept.size(), kMaxUrl);
    }
    // Whether it changed is asked of the whole: what was cut counts.
    Digests before = e.digests;
    text.back() = 'y';
    hear(rig.record, 0, report, source_of(1), 2);
    assert_true(e.digests.track != before.track);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_part_of_a_report_is_in_its_digest),
        cmocka_unit_test(the_source_s_own_history_is_not_in_it),
        cmocka_unit_test(a_source_has_its_entry_or_a_free_one),
        cmocka_unit_test(of_a_full_record_the_longest_silent_gives_way),
        cmocka_unit_test(another_source_takes_over_nothing_of_the_one_before),
        cmocka_unit_test(a_stream_lives_until_it_is_away_or_says_so),
        cmocka_unit_test(being_good_without_a_break_is_counted_from_the_first),
        cmocka_unit_test(how_long_there_was_no_title_is_known),
        cmocka_unit_test(what_is_said_of_the_stream_stays_while_off_air),
        cmocka_unit_test(a_partial_source_takes_nothing_back_by_silence),
        cmocka_unit_test(counts_alone_leave_the_rest_as_it_was_said),
        cmocka_unit_test(a_missing_station_has_no_listeners_but_a_peak),
        cmocka_unit_test(texts_are_bounded),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
