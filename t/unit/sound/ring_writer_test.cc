#include "ring_rig.h"

using namespace onair;
using namespace onair::sound;

namespace {

void one_that_was_replaced_is_fenced(void**)
{
    RingRig rig;
    Written first(rig);
    assert_true(first.start(1000, 0));
    Written second(rig);
    assert_int_equal(second.writer.position(), 1000);
    assert_false(first.more(100));
    assert_true(first.writer.fenced());
    assert_true(second.more(500));
    assert_false(first.more(100));
    RingReader reader(rig.ring);
    assert_true(reader.look());
    assert_true(heard(reader, 0, 100000) == RingRig::sound(0, 1500));
}

// What a stopped writer has begun lies where nobody else writes: here all that
// it may still write is written after the next one has gone on.
void a_stopped_writer_spoils_nothing(void**)
{
    RingRig rig;
    Written first(rig);
    assert_true(first.start(1000, 0));
    Chunk last = *rig.ring.last(rig.ring.state());
    Chunk late = last;
    late.number = last.number + 1;
    late.position = 1000;
    late.at = last.at + last.size;
    late.size = kMostChunk;
    Written second(rig);
    assert_true(second.start(4000, 0));
    std::memset(rig.ring.sound_at(late.at), 'x', kMostChunk);
    rig.ring.write_chunk(late);
    Ring::State stale = {last.term, last.number + 1};
    assert_false(rig.ring.exchange(stale, {last.term, last.number + 2}));
    assert_true(second.start(4000, 1));
    RingReader reader(rig.ring);
    assert_true(reader.look());
    assert_int_equal(reader.spoiled(), 0);
    assert_true(heard(reader, 0, 100000) == RingRig::sound(0, 9000));
}

void takers_that_write_nothing_leave_room_for_each_other(void**)
{
    RingRig rig;
    Written first(rig);
    assert_true(first.start(1000, 0));
    uint64_t at = rig.ring.last(rig.ring.state())->at + 1000;
    Written second(rig);
    Written third(rig);
    assert_true(third.start(1000, 0));
    assert_true(rig.ring.last(rig.ring.state())->at >= at + reach(2));
}

void sound_longer_than_a_chunk_is_split(void**)
{
    RingRig rig;
    Written written(rig);
    assert_true(written.start(40000, 5));
    RingReader reader(rig.ring);
    reader.look();
    assert_true(heard(reader, 0, 1000000) == RingRig::sound(0, 40000));
    assert_int_equal(reader.start(0)->position, 0);
    assert_true(reader.at(kMostChunk)->start == false);
}

void a_chunk_never_lies_across_the_end(void**)
{
    RingRig rig;
    Written written(rig);
    RingReader reader(rig.ring);
    std::string all;
    for (int i = 0; i < 100; i++) {
        assert_true(written.start(7001, static_cast<uint64_t>(i)));
        reader.look();
        all += heard(reader, all.size(), 1000000);
    }
    assert_true(all == RingRig::sound(0, 700100));
}

void the_same_title_again_is_none(void**)
{
    RingRig rig;
    Written first(rig);
    assert_true(first.writer.say("A", "One"));
    assert_false(first.writer.say("A", "One"));
    assert_true(first.writer.cue() == 1);
    assert_true(first.start(1000, 0));
    // Nor when the next one is told it by the source.
    Written second(rig);
    assert_false(second.writer.say("A", "One"));
    assert_true(second.start(1000, 0));
    assert_true(second.writer.say("A", "Two"));
    assert_true(second.start(1000, 0));
    assert_true(second.writer.cue() > 1);
    char room[kMostCue];
    assert_true(rig.ring.cue(second.writer.cue(), room)->title == "Two");
    assert_true(rig.ring.cue(second.writer.cue(), room)->position == 2000);
}

void the_same_head_again_is_none(void**)
{
    RingRig rig;
    Written written(rig);
    uint8_t room[65536];
    assert_true(written.writer.put_head(bytes_of("pages")));
    assert_true(written.start(100, 0));
    assert_true(written.writer.put_head(bytes_of("pages")));
    assert_true(written.start(100, 0));
    RingReader reader(rig.ring);
    reader.look();
    uint32_t generation = reader.at(0)->head;
    assert_int_equal(reader.at(100)->head, generation);
    assert_true(text_of(*rig.ring.head(generation, room)) == "pages");
    assert_true(written.writer.put_head(bytes_of("others")));
    assert_true(written.start(100, 0));
    reader.look();
    assert_int_equal(reader.at(200)->head, generation + 1);
    std::string large(rig.ring.head_room() + 1, 'x');
    assert_false(written.writer.put_head(bytes_of(large)));
    assert_true(written.start(100, 0));
    reader.look();
    assert_int_equal(reader.at(300)->head, 0);
    assert_int_equal(reader.at(200)->head, generation + 1);
}

std::string tail_of(const Written& written, size_t most)
{
    uint8_t room[4096];
    return std::string(text_of(written.writer.tail(Bytes(room).first(most))));
}

void the_tail_is_the_end_of_what_is_there(void**)
{
    RingRig rig;
    Written first(rig);
    assert_true(tail_of(first, 4096).empty());
    for (int i = 0; i < 5; i++) {
        assert_true(first.start(1000, 0));
    }
    Written second(rig);
    assert_true(tail_of(second, 4096) == RingRig::sound(5000 - 4096, 4096));
    assert_true(tail_of(second, 100) == RingRig::sound(4900, 100));
    assert_true(second.start(300, 0));
    assert_true(tail_of(second, 4096) == RingRig::sound(5300 - 4096, 4096));
}

// Each of these was killed when it had just begun.
void the_tail_is_that_of_all_who_took_over(void**)
{
    RingRig rig;
    Written first(rig);
    assert_true(first.start(1000, 0));
    for (int i = 0; i < 10; i++) {
        Written next(rig);
        next.writer.join(RingWriter::Joins::kSeamless);
        assert_true(next.start(10, 0));
        Written killed_at_once(rig);
    }
    Written last(rig);
    assert_true(tail_of(last, 4096) == RingRig::sound(0, 1100));
    assert_true(tail_of(last, 600) == RingRig::sound(500, 600));
}

void the_tail_goes_round_the_end_of_the_room(void**)
{
    RingRig rig;
    Written written(rig);
    for (int i = 0; i < 100; i++) {
        assert_true(written.start(7001, 0));
        uint64_t end = written.writer.position();
        size_t size = std::min<uint64_t>(end, 4096);
        assert_true(tail_of(written, 4096) == RingRig::sound(end - size, size));
    }
}

void the_tail_ends_where_the_source_left_something_out(void**)
{
    RingRig rig;
    Written first(rig);
    first.writer.join(RingWriter::Joins::kGoesOn);
    assert_true(first.start(1000, 0));
    Written second(rig);
    second.writer.join(RingWriter::Joins::kGoesOn);
    assert_true(second.start(600, 0));
    assert_true(second.start(600, 0));
    Written third(rig);
    assert_true(tail_of(third, 4096) == RingRig::sound(1000, 1200));
}

void the_time_goes_on_over_a_change_of_writers(void**)
{
    RingRig rig;
    Written first(rig);
    assert_true(first.start(100, 0));
    assert_true(first.start(100, 5000000));
    Written second(rig);
    // The burst of four seconds was there already.
    assert_true(second.start(100, 4000000));
    assert_true(second.start(100, 4200000));
    RingReader reader(rig.ring);
    reader.look();
    assert_int_equal(reader.at(200)->time_us, 5000000);
    assert_int_equal(reader.at(300)->time_us, 5200000);
}

void where_nobody_can_go_on_the_next_chunk_says_so(void**)
{
    RingRig rig;
    Written first(rig);
    first.writer.join(RingWriter::Joins::kBreaks);
    assert_true(first.start(100, 0));
    first.writer.join(RingWriter::Joins::kBreaks);
    assert_true(first.start(100, 0));
    assert_true(first.start(100, 0));
    RingReader reader(rig.ring);
    reader.look();
    // Nobody was there to be broken off.
    assert_false(reader.at(0)->breaks);
    assert_true(reader.at(100)->breaks);
    assert_false(reader.at(200)->breaks);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(one_that_was_replaced_is_fenced),
        cmocka_unit_test(a_stopped_writer_spoils_nothing),
        cmocka_unit_test(takers_that_write_nothing_leave_room_for_each_other),
        cmocka_unit_test(sound_longer_than_a_chunk_is_split),
        cmocka_unit_test(a_chunk_never_lies_across_the_end),
        cmocka_unit_test(the_same_title_again_is_none),
        cmocka_unit_test(the_same_head_again_is_none),
        cmocka_unit_test(the_tail_is_the_end_of_what_is_there),
        cmocka_unit_test(the_tail_is_that_of_all_who_took_over),
        cmocka_unit_test(the_tail_goes_round_the_end_of_the_room),
        cmocka_unit_test(the_tail_ends_where_the_source_left_something_out),
        cmocka_unit_test(the_time_goes_on_over_a_change_of_writers),
        cmocka_unit_test(where_nobody_can_go_on_the_next_chunk_says_so),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
