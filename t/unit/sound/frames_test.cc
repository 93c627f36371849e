#include "sound/frames.h"

#include <memory>

#include "walked.h"

using namespace onair;
using namespace onair::sound;

namespace {

std::vector<Told> mp3(std::string_view bytes)
{
    return walked([] { return std::make_unique<Frames>(mpeg_head, kMpegHead); },
                  bytes);
}

std::vector<Told> aac(std::string_view bytes)
{
    return walked([] { return std::make_unique<Frames>(adts_head, kAdtsHead); },
                  bytes);
}

void each_frame_from_the_third_on_is_a_start(void**)
{
    std::string tone = capture("tone-2s-128k.mp3");
    auto starts = mp3(tone);
    assert_int_equal(starts.size(), 76 - 2);
    for (const Told& start : starts) {
        assert_true(start.what == Found::What::kStart);
        assert_int_equal(static_cast<uint8_t>(tone[start.at]), 0xff);
    }
    // 1152 samples of 44.1 kHz are 26.122 ms.
    assert_int_equal(starts[0].time_us, 2 * 26122 + 1 - 1);
    assert_int_equal(starts.back().time_us / 1000, 75 * 26122 / 1000);
}

void adts_frames_are_starts(void**)
{
    auto starts = aac(capture("tone-2s-128k.aac"));
    assert_int_equal(starts.size(), 94 - 2);
    // 1024 samples of 48 kHz are 21.333 ms.
    assert_int_equal(starts[0].time_us, 2 * 21333);
}

void a_begin_inside_a_frame_costs_a_few_frames(void**)
{
    auto starts = mp3(capture("icecast-late-t.mp3.bin"));
    // The first whole frame is at 121; the third from there is a start.
    assert_true(!starts.empty());
    assert_in_range(starts[0].at, 121 + 2 * 417, 121 + 2 * 418);
    starts = aac(capture("icecast-late-t.aac.bin"));
    assert_true(!starts.empty());
    assert_in_range(starts[0].at, 116, 116 + 2000);
}

void bytes_that_are_no_frames_are_passed_over(void**)
{
    std::string tone = capture("tone-2s-128k.mp3");
    std::string noise(1000, '\xff');
    auto starts = mp3(noise + tone);
    assert_int_equal(starts[0].at, 1000 + 2 * 417 + 1);
    auto again = mp3(tone + "TAG" + std::string(125, ' ') + tone);
    assert_int_equal(again.size(), 2 * 74);
}

void a_frame_of_another_rate_begins_anew(void**)
{
    std::string frame(417, '\0');
    frame.replace(0, 4, "\xff\xfb\x90\x64");
    std::string other(384, '\0');
    other.replace(0, 4, "\xff\xfb\x94\x64");  // 48 kHz
    auto starts = mp3(frame + frame + frame + other + other + other);
    assert_int_equal(starts.size(), 2);
    assert_int_equal(starts[0].at, 2 * 417);
    assert_int_equal(starts[1].at, 3 * 417 + 2 * 384);
}

void two_heads_in_a_row_are_not_enough(void**)
{
    std::string frame(417, '\0');
    frame.replace(0, 4, "\xff\xfb\x90\x64");
    assert_int_equal(mp3(frame + frame + std::string(500, 'x')).size(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(each_frame_from_the_third_on_is_a_start),
        cmocka_unit_test(adts_frames_are_starts),
        cmocka_unit_test(a_begin_inside_a_frame_costs_a_few_frames),
        cmocka_unit_test(bytes_that_are_no_frames_are_passed_over),
        cmocka_unit_test(a_frame_of_another_rate_begins_anew),
        cmocka_unit_test(two_heads_in_a_row_are_not_enough),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
