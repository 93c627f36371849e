#include "ring_rig.h"

using namespace onair;
using namespace onair::sound;

namespace {

void a_listener_begins_at_a_start_as_long_ago_as_wanted(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    assert_false(reader.start(4000000).has_value());
    for (uint64_t i = 0; i < 40; i++) {
        assert_true(written.start(1000, i * 250000));
        assert_true(written.more(500));
    }
    reader.look();
    assert_int_equal(reader.start(4000000)->position, 23 * 1500);
    assert_int_equal(reader.start(0)->position, 39 * 1500);
    assert_int_equal(reader.start(4100000)->position, 22 * 1500);
    // As far as there is.
    assert_int_equal(reader.start(60000000)->position, 0);
    assert_int_equal(reader.lag_ms(23 * 1500), 4000);
}

void nobody_begins_before_the_source_was_asked_again(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    assert_true(written.start(1000, 0));
    written.writer.forget_past();
    reader.look();
    assert_false(reader.start(4000000).has_value());
    assert_true(written.start(1000, 250000));
    reader.look();
    assert_int_equal(reader.start(4000000)->position, 1000);
}

void nobody_begins_in_front_of_a_break(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    assert_true(written.start(1000, 0));
    written.writer.join(RingWriter::Joins::kBreaks);
    assert_true(written.start(1000, 250000));
    reader.look();
    assert_int_equal(reader.start(4000000)->position, 1000);
    RingReader::Run run = reader.run(0, 100000);
    assert_int_equal(run.bytes.size(), 1000);
    assert_false(run.breaks);
    assert_true(reader.run(1000, 100000).breaks);
    assert_false(reader.run(1001, 100000).breaks);
}

void a_run_ends_where_something_else_is_said(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    assert_true(written.start(1000, 0));
    written.writer.say("A", "T");
    assert_true(written.start(1000, 250000));
    assert_true(written.start(1000, 500000));
    reader.look();
    RingReader::Run run = reader.run(10, 100000);
    assert_int_equal(run.bytes.size(), 990);
    assert_int_equal(run.cue, 0);
    run = reader.run(1000, 100000);
    assert_int_equal(run.bytes.size(), 2000);
    assert_int_equal(run.cue, 1);
    assert_int_equal(reader.run(1000, 1500).bytes.size(), 1500);
    assert_int_equal(reader.run(2999, 1500).bytes.size(), 1);
    assert_true(reader.run(3000, 1500).bytes.empty());
    assert_false(reader.run(3000, 1500).lost);
    assert_true(reader.run(3001, 1500).lost);
}

void who_is_overtaken_is_told(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    uint64_t kept = rig.ring.sound_room() - kMostChunk - reach(1);
    assert_true(written.start(1000, 0));
    reader.look();
    assert_true(reader.intact(0, 1000));
    while (written.writer.position() <= kept - 1000) {
        assert_true(written.start(1000, 0));
    }
    // Still out of anybody's reach, and then not.
    assert_true(reader.intact(0, 1000));
    assert_true(written.start(1000, 0));
    assert_false(reader.intact(0, 1000));
    assert_true(reader.intact(1000, 1000));
    reader.look();
    assert_true(reader.run(0, 100).lost);
    assert_false(reader.run(1000, 100).lost);
    assert_int_equal(reader.start_from(1)->position, 1000);
    assert_int_equal(reader.start_from(1001)->position, 2000);
    assert_false(reader.at(0).has_value());
    assert_int_equal(reader.at(2500)->position, 2000);
}

void a_spoiled_chunk_is_not_told(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    assert_true(written.start(1000, 0));
    assert_true(written.start(1000, 0));
    assert_true(written.start(1000, 0));
    *rig.ring.sound_at(rig.ring.chunk(2)->at + 999) ^= 1;
    reader.look();
    assert_int_equal(reader.spoiled(), 1);
    assert_int_equal(reader.run(0, 100000).bytes.size(), 1000);
    assert_true(reader.run(1000, 100000).lost);
    assert_int_equal(reader.run(2000, 100000).bytes.size(), 1000);
    assert_true(reader.intact(2000, 3000));
    *rig.ring.sound_at(rig.ring.chunk(3)->at) ^= 1;
    assert_false(reader.intact(2000, 3000));
    assert_false(reader.intact(0, 1001));
    assert_true(reader.intact(0, 1000));
}

void more_chunks_than_a_reader_holds_are_no_harm(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    for (size_t i = 0; i < 3 * kChunks; i++) {
        assert_true(written.start(10, i * 100));
        if (i % 700 == 0) {
            reader.look();
        }
    }
    reader.look();
    assert_int_equal(reader.end(), 3 * kChunks * 10);
    assert_int_equal(reader.start(UINT64_MAX)->position, 2 * kChunks * 10);
    assert_true(heard(reader, 2 * kChunks * 10, 77) ==
                RingRig::sound(2 * kChunks * 10, kChunks * 10));
    assert_false(reader.look());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_listener_begins_at_a_start_as_long_ago_as_wanted),
        cmocka_unit_test(nobody_begins_before_the_source_was_asked_again),
        cmocka_unit_test(nobody_begins_in_front_of_a_break),
        cmocka_unit_test(a_run_ends_where_something_else_is_said),
        cmocka_unit_test(who_is_overtaken_is_told),
        cmocka_unit_test(a_spoiled_chunk_is_not_told),
        cmocka_unit_test(more_chunks_than_a_reader_holds_are_no_harm),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
