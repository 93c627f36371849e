#include "ring_rig.h"

using namespace onair;
using namespace onair::sound;

namespace {

void a_ring_is_opened_again_and_no_other_memory_is(void**)
{
    RingRig rig;
    Written written(rig);
    assert_true(written.start(1000, 0));
    Result<Ring> again = Ring::open(rig.all());
    assert_true(again.ok());
    assert_int_equal(again->last(again->state())->size, 1000);
    // Of another size, or not a ring.
    auto larger = std::make_unique<uint8_t[]>(2 * kLeastRing + 64);
    void* at = larger.get();
    size_t room = 2 * kLeastRing + 64;
    Bytes other(static_cast<uint8_t*>(std::align(64, 2 * kLeastRing, at, room)),
                2 * kLeastRing);
    assert_true(Ring::open(other).fault() == Fault::kLayoutChanged);
    std::memcpy(other.data(), rig.all().data(), kLeastRing);
    assert_true(Ring::open(other).fault() == Fault::kLayoutChanged);
    assert_true(Ring::create(rig.all().first(kLeastRing - 1)).fault() ==
                Fault::kZoneTooSmall);
    assert_true(Ring::open(rig.all().first(kLeastRing - 1)).fault() ==
                Fault::kLayoutChanged);
}

void a_chunk_is_read_back_as_it_was_written(void**)
{
    RingRig rig;
    std::string bytes = RingRig::sound(7, 700);
    Chunk chunk;
    chunk.number = 515;
    chunk.position = 7;
    chunk.at = rig.ring.sound_room() + 100;
    chunk.time_us = 12345678901;
    chunk.size = 700;
    chunk.term = 0xabcdef;
    chunk.cue = 4000000000;
    chunk.head = 3000000000;
    chunk.start = true;
    chunk.breaks = true;
    chunk.apart = true;
    std::memcpy(rig.ring.sound_at(chunk.at), bytes.data(), bytes.size());
    rig.ring.write_chunk(chunk);
    Result<Chunk> read = rig.ring.chunk(515);
    assert_true(read.ok());
    assert_true(read->number == 515 && read->position == 7 &&
                read->at == chunk.at && read->time_us == 12345678901 &&
                read->size == 700 && read->term == 0xabcdef &&
                read->cue == 4000000000 && read->head == 3000000000 &&
                read->start && read->breaks && read->apart);
    assert_true(rig.ring.is_whole(*read));
    assert_true(text_of(rig.ring.bytes_of(*read)) == bytes);
    // The number that has its place in the next round.
    assert_true(rig.ring.chunk(515 + kChunks).fault() == Fault::kNotFound);
    *rig.ring.sound_at(chunk.at + 699) ^= 1;
    assert_false(rig.ring.is_whole(*read));
}

void what_is_said_comes_back_and_is_cut_to_its_room(void**)
{
    RingRig rig;
    char room[kMostCue];
    rig.ring.write_cue(33, {99, "Ártist", "Title"});
    Result<Cue> cue = rig.ring.cue(33, room);
    assert_true(cue.ok());
    assert_true(cue->position == 99 && cue->artist == "Ártist" &&
                cue->title == "Title");
    assert_true(rig.ring.cue(1, room).fault() == Fault::kNotFound);
    assert_true(rig.ring.cue(0, room).fault() == Fault::kNotFound);
    std::string longer(600, 'x');
    rig.ring.write_cue(34, {1, "A", longer});
    cue = rig.ring.cue(34, room);
    assert_int_equal(cue->title.size(), kMostCue - 1);

    Info info{Kind::kOgg, 128, "audio/ogg", "Name", "Genre", "http://x/"};
    char text[kMostInfo];
    assert_true(rig.ring.info(text).fault() == Fault::kNotFound);
    rig.ring.write_info(info);
    Result<Info> read = rig.ring.info(text);
    assert_true(read.ok());
    assert_true(read->kind == Kind::kOgg && read->bitrate == 128 &&
                read->type == "audio/ogg" && read->name == "Name" &&
                read->genre == "Genre" && read->url == "http://x/");
}

void head_pages_are_kept_for_three_generations(void**)
{
    RingRig rig;
    uint8_t room[65536];
    for (uint32_t generation = 1; generation <= 4; generation++) {
        rig.ring.write_head(generation,
                            bytes_of(std::string(50 + generation, 'h')));
    }
    assert_true(rig.ring.head(1, room).fault() == Fault::kNotFound);
    assert_true(rig.ring.head(0, room).fault() == Fault::kNotFound);
    for (uint32_t generation = 2; generation <= 4; generation++) {
        assert_int_equal(rig.ring.head(generation, room)->size(),
                         50 + generation);
    }
    assert_true(rig.ring.head(4, Bytes(room, 53)).fault() == Fault::kNotFound);
}

void listeners_are_counted_by_worker_and_kind(void**)
{
    RingRig rig;
    rig.ring.count(0, Listening::kPlayer, 1);
    rig.ring.count(5, Listening::kPlayer, 1);
    rig.ring.count(5, Listening::kSse, 2);
    rig.ring.count(slot::kMaxWorkers, Listening::kAudio, 1);
    assert_int_equal(rig.ring.listeners(), 5);
    assert_int_equal(rig.ring.listeners(Listening::kPlayer), 2);
    rig.ring.forget_worker(5);
    assert_int_equal(rig.ring.listeners(), 2);
    rig.ring.count(0, Listening::kPlayer, -1);
    rig.ring.forget_worker(slot::kMaxWorkers);
    assert_int_equal(rig.ring.listeners(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_opened_again_and_no_other_memory_is),
        cmocka_unit_test(a_chunk_is_read_back_as_it_was_written),
        cmocka_unit_test(what_is_said_comes_back_and_is_cut_to_its_room),
        cmocka_unit_test(head_pages_are_kept_for_three_generations),
        cmocka_unit_test(listeners_are_counted_by_worker_and_kind),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
