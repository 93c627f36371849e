// What goes first where a record does not fit: pack().
#include <cstdlib>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "base/utf8.h"

#include "record_rig.h"
#include "slot/fitting.h"

using namespace onair;
using namespace onair::slot;

namespace {

size_t pack_into(Record& record, size_t room)
{
    std::string out(room, '\0');
    size_t size = pack(record, out);
    assert_true(size > 0 && size <= room);
    RecordRig back(50);
    assert_true(unpack(std::string_view(out).substr(0, size), back.record));
    return size;
}

void what_fits_is_left_as_it_is(void**)
{
    RecordRig rig(50);
    fill(rig.record, 51, kMaxMoments);
    size_t size = pack_into(rig.record, 65536);
    assert_int_equal(rig.record.track_count, 51);
    assert_int_equal(rig.record.moment_count, kMaxMoments);
    assert_int_equal(pack_into(rig.record, size), size);
    assert_int_equal(rig.record.track_count, 51);
}

void originals_go_before_anything_else_those_not_told_first(void**)
{
    RecordRig rig(50);
    fill(rig.record, 20, 4);
    std::string text(5000, 'x');
    rig.record.sources[1].original.text = text;
    rig.record.sources[0].source.key = 9;
    rig.record.sources[0].original.text = text;
    size_t size = pack_into(rig.record, 65536);
    assert_int_equal(pack_into(rig.record, size - 1), size - 5000 - 1);
    assert_true(rig.record.sources[0].original.text.empty());
    assert_int_equal(rig.record.sources[1].original.text.size(), 5000);
    pack_into(rig.record, size - 6000);
    assert_true(rig.record.sources[1].original.text.empty());
    assert_int_equal(rig.record.track_count, 20);
}

void the_oldest_track_goes_first(void**)
{
    RecordRig rig(50);
    fill(rig.record, 51, kMaxMoments);
    rig.record.sources[1].original = {};
    size_t size = pack_into(rig.record, 65536);
    pack_into(rig.record, size - 1);
    assert_int_equal(rig.record.track_count, 50);
    assert_int_equal(rig.record.tracks[0].seq, 1000);
    assert_int_equal(rig.record.moment_count, kMaxMoments);
}

void the_oldest_moments_go_when_no_history_is_left(void**)
{
    RecordRig one(50);
    fill(one.record, 1, kMaxMoments);
    one.record.sources[1].original = {};
    size_t size = pack_into(one.record, 65536);
    RecordRig rig(50);
    fill(rig.record, 51, kMaxMoments);
    pack_into(rig.record, size - 1);
    assert_int_equal(rig.record.track_count, 1);
    assert_int_equal(rig.record.moment_count, kMaxMoments / 2);
    assert_int_equal(rig.record.moments[0].seq, 1000);
    assert_true(rig.record.tracks[0].track.title == "Title");
}

// Texts of the largest size everywhere, in the smallest record there is.
void a_record_of_the_least_size_holds_the_present(void**)
{
    std::string longest;
    while (longest.size() + 4 <= kMaxText) {
        longest += "🎵";
    }
    std::string url = "/" + std::string(kMaxUrl - 1, 'x');
    RecordRig rig(50);
    fill(rig.record, 51, kMaxMoments);
    Track big = track_of(longest);
    big.artist = big.album = longest;
    big.art = big.url = url;
    Stream stream = {longest, longest, longest, url, url, longest, INT64_MAX};
    for (Played& played : rig.record.tracks.first(51)) {
        played.track = big;
    }
    for (SourceEntry& entry : rig.record.sources) {
        entry = rig.record.sources[1];
        entry.source = {UINT32_MAX, 255,        UINT32_MAX, UINT32_MAX,
                        UINT32_MAX, UINT32_MAX, UINT32_MAX, false};
        entry.good_since = entry.untitled = UINT64_MAX;
        entry.streams_seen = UINT32_MAX;
        entry.since = INT64_MAX;
        entry.listeners = {INT64_MAX, INT64_MAX, INT64_MAX};
        entry.now = entry.next = big;
        entry.dj = longest;
        entry.stream = stream;
    }
    rig.record.next = big;
    rig.record.dj = longest;
    rig.record.stream = stream;
    rig.record.last_told = UINT64_MAX;
    pack_into(rig.record, kLeastRecord);
    assert_int_equal(rig.record.track_count, 1);
    assert_true(rig.record.moment_count >= 1);
    assert_true(!rig.record.tracks[0].track.title.empty());
    assert_true(is_utf8(rig.record.tracks[0].track.title));
    // The sources give way before what is shown does.
    assert_true(rig.record.sources[0].now.title.size() <=
                rig.record.tracks[0].track.title.size());
}

void room_is_made_for_what_may_be_kept(void**)
{
    std::vector<uint8_t> memory(65536);
    Record record;
    Arena arena(memory);
    assert_true(make_room(record, 10, arena));
    assert_int_equal(record.tracks.size(), 12);
    assert_int_equal(record.moments.size(), kMaxMoments + 1);
    assert_true(make_room(record, 1000, arena));
    assert_int_equal(record.tracks.size(), kMaxHistory + 2);
    Arena none(Bytes(memory).first(sizeof(Played) * 12));
    assert_false(make_room(record, 10, none));
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_is_left_as_it_is),
        cmocka_unit_test(
            originals_go_before_anything_else_those_not_told_first),
        cmocka_unit_test(the_oldest_track_goes_first),
        cmocka_unit_test(the_oldest_moments_go_when_no_history_is_left),
        cmocka_unit_test(a_record_of_the_least_size_holds_the_present),
        cmocka_unit_test(room_is_made_for_what_may_be_kept),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
