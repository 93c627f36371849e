#include "sound/frame_head.h"

#include "unit/cmocka.h"

using namespace onair::sound;

namespace {

FrameHead mpeg(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    uint8_t bytes[] = {a, b, c, d};
    return mpeg_head(bytes);
}

void the_length_follows_rate_and_padding(void**)
{
    // 128 kbit/s at 44.1 kHz, layer III: 417 bytes, 418 with padding.
    assert_int_equal(mpeg(0xff, 0xfb, 0x90, 0x64).length, 417);
    assert_int_equal(mpeg(0xff, 0xfb, 0x92, 0x64).length, 418);
    // 320 kbit/s at 48 kHz.
    assert_int_equal(mpeg(0xff, 0xfb, 0xe4, 0x64).length, 960);
    assert_int_equal(mpeg(0xff, 0xfb, 0x90, 0x64).samples, 1152);
    assert_int_equal(mpeg(0xff, 0xfb, 0x90, 0x64).rate, 44100);
}

void version_2_halves_the_samples_of_layer_iii(void**)
{
    // 64 kbit/s at 22.05 kHz.
    FrameHead head = mpeg(0xff, 0xf3, 0x80, 0x64);
    assert_int_equal(head.length, 208);
    assert_int_equal(head.samples, 576);
    assert_int_equal(head.rate, 22050);
    // Version 2.5, 8 kbit/s at 8 kHz.
    head = mpeg(0xff, 0xe3, 0x18, 0x64);
    assert_int_equal(head.rate, 8000);
    assert_int_equal(head.length, 72);
}

void other_layers_have_their_own_length(void**)
{
    // Layer II, 192 kbit/s at 48 kHz; layer I, 384 kbit/s at 44.1 kHz.
    assert_int_equal(mpeg(0xff, 0xfd, 0xa4, 0x04).length, 576);
    assert_int_equal(mpeg(0xff, 0xff, 0xc0, 0x04).length, 416);
    assert_int_equal(mpeg(0xff, 0xff, 0xc0, 0x04).samples, 384);
}

void what_is_no_head_has_no_length(void**)
{
    assert_int_equal(mpeg(0xfe, 0xfb, 0x90, 0x64).length, 0);  // no sync
    assert_int_equal(mpeg(0xff, 0xeb, 0x90, 0x64).length, 0);  // version
    assert_int_equal(mpeg(0xff, 0xf9, 0x90, 0x64).length, 0);  // layer: ADTS
    assert_int_equal(mpeg(0xff, 0xfb, 0x00, 0x64).length, 0);  // free format
    assert_int_equal(mpeg(0xff, 0xfb, 0xf0, 0x64).length, 0);  // bit rate
    assert_int_equal(mpeg(0xff, 0xfb, 0x9c, 0x64).length, 0);  // rate
    assert_int_equal(mpeg(0xff, 0xfb, 0x90, 0x66).length, 0);  // emphasis
}

void adts_says_its_length(void**)
{
    uint8_t bytes[] = {0xff, 0xf1, 0x4c, 0x80, 0x2e, 0x7f, 0xfc};
    FrameHead head = adts_head(bytes);
    assert_int_equal(head.length, 371);
    assert_int_equal(head.rate, 48000);
    assert_int_equal(head.samples, 1024);
    bytes[1] = 0xfb;  // MPEG audio
    assert_int_equal(adts_head(bytes).length, 0);
    bytes[1] = 0xf1;
    bytes[4] = 0;
    bytes[5] = 0xc0;  // shorter than its own head
    assert_int_equal(adts_head(bytes).length, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_length_follows_rate_and_padding),
        cmocka_unit_test(version_2_halves_the_samples_of_layer_iii),
        cmocka_unit_test(other_layers_have_their_own_length),
        cmocka_unit_test(what_is_no_head_has_no_length),
        cmocka_unit_test(adts_says_its_length),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
