#include <cstdlib>
#include <string>
#include <vector>

#include "unit/cmocka.h"

#include "record_rig.h"

using namespace onair;
using namespace onair::slot;

namespace {

std::string packed(const Record& record, size_t room = 65536)
{
    std::string out(room, '\0');
    out.resize(pack_whole(record, out));
    return out;
}

void assert_same(const Track& a, const Track& b)
{
    assert_true(same_track(a, b));
    assert_true(a.album == b.album && a.art == b.art && a.url == b.url);
    assert_int_equal(a.duration_ms, b.duration_ms);
    assert_int_equal(a.started, b.started);
}

void a_record_comes_back_as_it_was(void**)
{
    RecordRig from;
    fill(from.record, 11, kMaxMoments);
    std::string bytes = packed(from.record);
    assert_true(!bytes.empty());
    RecordRig to;
    assert_true(unpack(bytes, to.record));
    // Every member is in the bytes: packed again they are the same.
    assert_true(packed(to.record) == bytes);

    const Record& r = to.record;
    assert_int_equal(r.track_count, 11);
    assert_int_equal(r.tracks[10].seq, 990);
    assert_same(r.tracks[3].track, track_of("Title"));
    assert_int_equal(r.moment_count, kMaxMoments);
    const Moment& last = r.moments[kMaxMoments - 1];
    assert_int_equal(last.seq, 1000 - (kMaxMoments - 1));
    assert_int_equal(last.time, 1760000000000 - 77 * 63);
    assert_true(last.on && last.status == Status::kLive);
    assert_true(r.told == from.record.told && r.stream == from.record.stream);
    assert_int_equal(r.in_force, 1);
    assert_int_equal(r.original, 1);
    const SourceEntry& e = r.sources[1];
    assert_int_equal(e.source.key, 7);
    assert_int_equal(e.source.hold_ms, 10000);
    assert_int_equal(e.since, 1759999999000);
    assert_int_equal(e.untitled, 22);
    assert_true(e.digests == from.record.told);
    assert_same(e.next, track_of("Next"));
    assert_true(e.original.text == from.record.sources[1].original.text);
    assert_int_equal(e.original.digest, 6);
    assert_int_equal(e.original.said, 1760000000456);
    assert_int_equal(r.sources[0].source.key, 0);
}

void an_empty_record_is_one(void**)
{
    RecordRig from;
    RecordRig to;
    fill(to.record, 3, 3);
    assert_true(unpack(packed(from.record), to.record));
    assert_int_equal(to.record.track_count, 0);
    assert_int_equal(to.record.moment_count, 0);
    assert_int_equal(to.record.in_force, -1);
    assert_int_equal(to.record.sources[1].source.key, 0);
}

void the_ends_of_numbers_come_back(void**)
{
    RecordRig from;
    fill(from.record, 1, 2);
    from.record.moments[0].seq = UINT64_MAX;
    from.record.moments[0].time = INT64_MAX;
    from.record.moments[1].seq = 0;
    from.record.moments[1].time = INT64_MIN;
    from.record.moments[1].subscribers = UINT32_MAX;
    from.record.moments[1].listeners = {INT64_MIN, INT64_MAX, -1};
    from.record.last_told = UINT64_MAX;
    RecordRig to;
    assert_true(unpack(packed(from.record), to.record));
    assert_true(to.record.moments[0].seq == UINT64_MAX);
    assert_true(to.record.moments[0].time == INT64_MAX);
    assert_true(to.record.moments[1].seq == 0);
    assert_true(to.record.moments[1].time == INT64_MIN);
    assert_true(to.record.moments[1].subscribers == UINT32_MAX);
    assert_true(to.record.moments[1].listeners.current == INT64_MIN);
    assert_true(to.record.moments[1].listeners.peak == INT64_MAX);
    assert_true(to.record.last_told == UINT64_MAX);
}

void a_record_that_ends_early_is_none(void**)
{
    RecordRig from;
    fill(from.record, 2, 2);
    std::string bytes = packed(from.record);
    for (size_t size = 0; size < bytes.size(); size++) {
        std::string cut = bytes.substr(0, size);
        cut.shrink_to_fit();
        RecordRig to;
        assert_false(unpack(cut, to.record));
    }
    // Buffers are filled up with zeros to whole units.
    RecordRig to;
    assert_true(unpack(bytes + std::string(15, '\0'), to.record));
}

void more_than_there_is_room_for_is_no_record(void**)
{
    RecordRig from(50);
    fill(from.record, 12, 1);
    RecordRig to(10);
    assert_false(unpack(packed(from.record), to.record));
    // Nor what says of itself to be a status nobody knows.
    RecordRig odd;
    fill(odd.record, 0, 1);
    odd.record.moments[0].status = static_cast<Status>(3);
    assert_false(unpack(packed(odd.record), to.record));
}

void a_source_in_force_that_cannot_be_is_nobody(void**)
{
    for (int in_force : {-2, 4, 1000}) {
        RecordRig from;
        from.record.in_force = in_force;
        RecordRig to;
        assert_true(unpack(packed(from.record), to.record));
        assert_int_equal(to.record.in_force, -1);
    }
}

void a_reader_needs_only_what_is_told(void**)
{
    RecordRig from;
    fill(from.record, 3, 4);
    from.record.original = -1;
    std::string bytes = packed(from.record);
    std::vector<uint8_t> memory(8192);
    Arena arena(memory);
    State state;
    assert_int_equal(unpack(bytes, arena, state), Unpacked::kGood);
    assert_int_equal(state.at.seq, 1000);
    assert_int_equal(state.moments.size(), 4);
    assert_int_equal(state.tracks.size(), 3);
    assert_true(state.dj == "DJ" && state.stream.genre == "rock");
    assert_int_equal(state.delay_ms, 8000);
    // The sources come behind it, and may be anything.
    size_t told = bytes.rfind("DJ");
    told = bytes.rfind("DJ", told - 1) + 4;  // and two indices
    Arena again(memory);
    assert_int_equal(unpack(bytes.substr(0, told), again, state),
                     Unpacked::kGood);
    assert_int_equal(unpack(bytes.substr(0, told - 1), again, state),
                     Unpacked::kMalformed);
}

void a_reader_finds_the_original_among_the_sources(void**)
{
    RecordRig from;
    fill(from.record, 3, 4);
    std::string bytes = packed(from.record);
    std::vector<uint8_t> memory(8192);
    Arena arena(memory);
    State state;
    assert_int_equal(unpack(bytes, arena, state), Unpacked::kGood);
    assert_true(state.original.text == "{\"now_playing\":{}}");
    assert_int_equal(state.original.said, 1760000000456);
    assert_true(state.original_is_whole);
    from.record.in_force = 0;
    bytes = packed(from.record);
    Arena again(memory);
    assert_int_equal(unpack(bytes, again, state), Unpacked::kGood);
    assert_false(state.original_is_whole);
}

void a_reader_without_memory_says_so(void**)
{
    RecordRig from;
    fill(from.record, 3, 4);
    std::string bytes = packed(from.record);
    std::vector<uint8_t> memory(4 * sizeof(Moment) + 3 * sizeof(Played) + 16);
    State state;
    for (size_t size : {size_t{0}, 4 * sizeof(Moment), 5 * sizeof(Moment)}) {
        Arena arena(Bytes(memory).first(size));
        assert_int_equal(unpack(bytes, arena, state), Unpacked::kNoMemory);
    }
    Arena arena(memory);
    assert_int_equal(unpack(bytes, arena, state), Unpacked::kGood);
}

void packing_says_when_it_does_not_fit(void**)
{
    RecordRig rig;
    fill(rig.record, 2, 2);
    size_t size = packed(rig.record).size();
    assert_int_equal(packed(rig.record, size).size(), size);
    assert_int_equal(packed(rig.record, size - 1).size(), 0);
}

void a_lost_change_is_followed_by_the_next(void**)
{
    RecordRig rig;
    assert_int_equal(rig.record.at().seq, 0);
    fill(rig.record, 0, 1);
    assert_int_equal(rig.record.at().seq, 1000);
    rig.record.lost_seq = 1001;
    assert_int_equal(rig.record.at().seq, 1001);
    rig.record.lost_seq = 999;
    assert_int_equal(rig.record.at().seq, 1000);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was),
        cmocka_unit_test(an_empty_record_is_one),
        cmocka_unit_test(the_ends_of_numbers_come_back),
        cmocka_unit_test(a_record_that_ends_early_is_none),
        cmocka_unit_test(more_than_there_is_room_for_is_no_record),
        cmocka_unit_test(a_source_in_force_that_cannot_be_is_nobody),
        cmocka_unit_test(a_reader_needs_only_what_is_told),
        cmocka_unit_test(a_reader_finds_the_original_among_the_sources),
        cmocka_unit_test(a_reader_without_memory_says_so),
        cmocka_unit_test(packing_says_when_it_does_not_fit),
        cmocka_unit_test(a_lost_change_is_followed_by_the_next),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
