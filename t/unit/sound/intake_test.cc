#include "sound/intake.h"

#include <algorithm>

#include "ring_rig.h"
#include "walked.h"

using namespace onair;
using namespace onair::sound;

namespace {

class Pull {
  public:
    explicit Pull(RingRig& rig, Kind kind)
        : writer(rig.ring), intake(take_over(), writer, kind), reader(rig.ring)
    {}

    void take(std::string_view bytes, size_t piece = SIZE_MAX)
    {
        while (!bytes.empty()) {
            std::string_view part = bytes.substr(0, piece);
            assert_true(intake->take(bytes_of(part)).ok());
            bytes.remove_prefix(part.size());
        }
    }
    std::string flushed(size_t from = 0)
    {
        assert_true(intake->flush().ok());
        reader.look();
        return heard(reader, from, 100000);
    }
    std::vector<Chunk> starts()
    {
        std::vector<Chunk> all;
        for (uint64_t at = 0; auto chunk = reader.start_from(at);) {
            all.push_back(*chunk);
            at = chunk->position + 1;
        }
        return all;
    }

    RingWriter writer;
    struct Made {
        Made(int, RingWriter& writer, Kind kind)
            : intake(std::make_unique<Intake>(kind, &writer))
        {}
        Intake* operator->() { return intake.get(); }
        std::unique_ptr<Intake> intake;
    } intake;
    RingReader reader;

  private:
    int take_over()
    {
        writer.take_over();
        return 0;
    }
};

void frames_begin_at_a_start_and_nothing_is_lost(void**)
{
    const struct {
        Kind kind;
        const char* name;
    } rows[] = {{Kind::kMp3, "tone-2s-128k.mp3"},
                {Kind::kAac, "tone-2s-128k.aac"}};
    for (const auto& row : rows) {
        std::string file = capture(row.name);
        std::string whole;
        for (size_t piece : {size_t{1}, size_t{7}, size_t{1021}, SIZE_MAX}) {
            RingRig rig;
            Pull pull(rig, row.kind);
            pull.take(std::string_view(file).substr(100), piece);
            std::string all = pull.flushed();
            // From the third frame on, which is the first to be believed, up to
            // the last one's head.
            size_t at = file.find(all.substr(0, 500));
            assert_true(at != std::string::npos && at > 100 && at < 2000);
            assert_true(file.compare(at, all.size(), all) == 0);
            assert_true(file.size() - at - all.size() < 500);
            assert_int_equal(static_cast<uint8_t>(all[0]), 0xff);
            whole = whole.empty() ? all : whole;
            assert_true(all == whole);
            auto starts = pull.starts();
            assert_true(starts.size() >= 8);
            for (size_t i = 0; i < starts.size(); i++) {
                assert_int_equal(static_cast<uint8_t>(all[starts[i].position]),
                                 0xff);
                assert_true(i == 0 ||
                            starts[i].time_us - starts[i - 1].time_us <=
                                250000);
            }
        }
    }
}

void pages_come_whole_with_their_heads(void**)
{
    for (const char* name : {"chain-2x1s.vorbis.ogg", "chain-2x1s.opus.ogg"}) {
        std::string file = capture(name);
        for (size_t piece : {size_t{1}, size_t{1021}, SIZE_MAX}) {
            RingRig rig;
            Pull pull(rig, Kind::kOgg);
            pull.take(file, piece);
            // Others hear the head pages of the second stream where they are.
            assert_true(pull.flushed() == file);
            auto starts = pull.starts();
            assert_true(starts.size() >= 2);
            uint8_t room[65536];
            for (const Chunk& start : starts) {
                assert_true(file.compare(start.position, 4, "OggS") == 0);
                Result<ConstBytes> head = rig.ring.head(start.head, room);
                assert_true(head.ok());
                assert_true(text_of(*head).starts_with("OggS"));
            }
            assert_true(starts.front().head != starts.back().head);
            char text[kMostCue];
            assert_true(rig.ring.cue(starts.front().cue, text)->title ==
                        "Seg 1");
            assert_true(rig.ring.cue(starts.back().cue, text)->title ==
                        "Seg 2");
        }
    }
}

void clusters_go_out_as_they_come(void**)
{
    std::string file = capture("tone-2s-64k-opus.webm");
    for (size_t piece : {size_t{1}, size_t{1021}, SIZE_MAX}) {
        RingRig rig;
        Pull pull(rig, Kind::kWebm);
        pull.take(file, piece);
        std::string all = pull.flushed();
        assert_true(all.starts_with("\x1f\x43\xb6\x75"));
        size_t at = file.find(all.substr(0, 100));
        assert_true(file.compare(at, all.size(), all) == 0);
        assert_true(file.size() - at - all.size() <= 64);
        auto starts = pull.starts();
        assert_int_equal(starts.size(), 5);
        uint8_t room[65536];
        for (const Chunk& start : starts) {
            assert_true(all.compare(start.position, 4, "\x1f\x43\xb6\x75") ==
                        0);
            assert_true(text_of(*rig.ring.head(start.head, room)) ==
                        file.substr(0, at));
        }
    }
}

void a_title_begins_with_the_next_frame(void**)
{
    std::string file = capture("tone-2s-128k.mp3");
    RingRig rig;
    Pull pull(rig, Kind::kMp3);
    pull.intake->say({"", "Before"});
    pull.take(std::string_view(file).substr(0, 10000));
    pull.intake->say({"", "Artist - Then"});
    pull.take(std::string_view(file).substr(10000));
    std::string all = pull.flushed();
    char room[kMostCue];
    assert_true(rig.ring.cue(pull.reader.at(0)->cue, room)->title == "Before");
    uint32_t then = pull.reader.at(all.size() - 1)->cue;
    Result<Cue> cue = rig.ring.cue(then, room);
    assert_true(cue->artist == "Artist" && cue->title == "Then");
    // Two frames are passed over at the beginning.
    size_t skipped = file.find(all.substr(0, 500));
    assert_true(cue->position + skipped >= 10000);
    assert_true(cue->position + skipped < 10000 + 418);
    assert_true(pull.reader.at(cue->position)->start);
    assert_int_equal(pull.reader.at(cue->position)->position, cue->position);
    assert_true(pull.reader.at(cue->position - 1)->cue != then);
}

// The title at the newest byte of the ring, and how many titles there were.
std::string title_at_end(Pull& pull)
{
    std::string all = pull.flushed();
    char room[kMostCue];
    auto cue =
        pull.writer.ring().cue(pull.reader.at(all.size() - 1)->cue, room);
    return cue ? std::string(cue->title) : "none";
}

void who_overrules_the_source_is_told_instead_of_it(void**)
{
    std::string file = capture("tone-2s-128k.mp3");
    auto part = [&](size_t i) {
        return std::string_view(file).substr(i * 4000, 4000);
    };
    RingRig rig;
    Pull pull(rig, Kind::kMp3);
    assert_null(pull.intake->said());
    pull.intake->say({"", "Source"});
    pull.take(part(0));
    assert_true(title_at_end(pull) == "Source");
    pull.intake->overrule({"", "Pushed"});
    pull.take(part(1));
    assert_true(title_at_end(pull) == "Pushed");
    pull.intake->say({"", "By - Source again"});
    pull.take(part(2));
    assert_true(title_at_end(pull) == "Pushed");
    assert_true(pull.intake->said()->artist == "By");
    assert_true(pull.intake->said()->title == "Source again");
    pull.intake->overrule({});
    pull.take(part(3));
    assert_true(title_at_end(pull).empty());
    pull.intake->heed_source();
    pull.take(part(4));
    assert_true(title_at_end(pull) == "Source again");
    uint32_t cue = pull.writer.cue();
    pull.intake->heed_source();
    pull.take(part(5));
    assert_true(title_at_end(pull) == "Source again");
    assert_int_equal(pull.writer.cue(), cue);
}

void a_source_without_titles_is_overruled_too(void**)
{
    std::string file = capture("tone-2s-128k.mp3");
    RingRig rig;
    Pull pull(rig, Kind::kMp3);
    pull.take(std::string_view(file).substr(0, 6000));
    assert_true(title_at_end(pull) == "none");
    pull.intake->overrule({"By", "Pushed"});
    pull.take(std::string_view(file).substr(6000, 6000));
    assert_true(title_at_end(pull) == "Pushed");
    assert_null(pull.intake->said());
    // Twice before a start: it is still to be told.
    pull.intake->heed_source();
    pull.intake->heed_source();
    pull.take(std::string_view(file).substr(12000));
    assert_true(title_at_end(pull).empty());
}

void what_is_there_already_is_passed_over(void**)
{
    std::string file = capture("tone-2s-128k.mp3");
    RingRig rig;
    Pull first(rig, Kind::kMp3);
    first.take(std::string_view(file).substr(0, 12000));
    std::string begun = first.flushed();
    size_t skipped = file.find(begun.substr(0, 500));
    Pull second(rig, Kind::kMp3);
    second.intake->pass_over(skipped + begun.size());
    second.take(file);
    std::string all = second.flushed();
    assert_true(all.size() > begun.size() + 10000);
    assert_true(file.compare(skipped, all.size(), all) == 0);
}

void no_start_without_the_head_that_it_needs(void**)
{
    std::string file = capture("chain-2x1s.vorbis.ogg");
    RingRig rig;
    Pull pull(rig, Kind::kOgg);
    // Pages of comments that the ring has no room for: it has 8 KB.
    std::string large(rig.ring.head_room() + 1, 'x');
    assert_false(pull.writer.put_head(bytes_of(large)));
    pull.take(file);
    pull.flushed();
    assert_false(pull.starts().empty());
    for (const Chunk& start : pull.starts()) {
        assert_int_not_equal(start.head, 0);
    }
}

void what_is_no_sound_is_bounded(void**)
{
    for (Kind kind : {Kind::kMp3, Kind::kAac, Kind::kOgg, Kind::kWebm}) {
        RingRig rig;
        Pull pull(rig, kind);
        std::string noise(300000, 'x');
        pull.take(noise);
        pull.flushed();
        assert_true(pull.starts().empty());
        assert_int_equal(pull.intake->starts(), 0);
    }
}

void a_fenced_writer_ends_the_pull(void**)
{
    std::string file = capture("tone-2s-128k.mp3");
    RingRig rig;
    Pull first(rig, Kind::kMp3);
    first.take(std::string_view(file).substr(0, 12000));
    Pull second(rig, Kind::kMp3);
    ConstBytes rest = bytes_of(std::string_view(file).substr(12000));
    Outcome done = first.intake->take(rest);
    assert_true(!done && done.fault() == Fault::kFenced);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(frames_begin_at_a_start_and_nothing_is_lost),
        cmocka_unit_test(pages_come_whole_with_their_heads),
        cmocka_unit_test(clusters_go_out_as_they_come),
        cmocka_unit_test(a_title_begins_with_the_next_frame),
        cmocka_unit_test(who_overrules_the_source_is_told_instead_of_it),
        cmocka_unit_test(a_source_without_titles_is_overruled_too),
        cmocka_unit_test(what_is_there_already_is_passed_over),
        cmocka_unit_test(no_start_without_the_head_that_it_needs),
        cmocka_unit_test(what_is_no_sound_is_bounded),
        cmocka_unit_test(a_fenced_writer_ends_the_pull),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
