#include "sound/frame_head.h"

namespace onair::sound {

namespace {

enum Layer : uint32_t { kLayer3 = 1, kLayer2 = 2, kLayer1 = 3 };
enum Version : uint32_t { kVersion25 = 0, kVersion2 = 2, kVersion1 = 3 };

// kbit/s by index; 0: free format or not allowed.
constexpr uint16_t kVersion1Layer1[] = {0,   32,  64,  96,  128, 160, 192, 224,
                                        256, 288, 320, 352, 384, 416, 448, 0};
constexpr uint16_t kVersion1Layer2[] = {0,   32,  48,  56,  64,  80,  96,  112,
                                        128, 160, 192, 224, 256, 320, 384, 0};
constexpr uint16_t kVersion1Layer3[] = {0,   32,  40,  48,  56,  64,  80,  96,
                                        112, 128, 160, 192, 224, 256, 320, 0};
constexpr uint16_t kVersion2Layer1[] = {0,   32,  48,  56,  64,  80,  96,  112,
                                        128, 144, 160, 176, 192, 224, 256, 0};
constexpr uint16_t kVersion2Others[] = {0,  8,  16, 24,  32,  40,  48,  56,
                                        64, 80, 96, 112, 128, 144, 160, 0};
constexpr uint32_t kMpegRates[] = {44100, 48000, 32000, 0};
constexpr uint32_t kAdtsRates[] = {96000, 88200, 64000, 48000, 44100, 32000,
                                   24000, 22050, 16000, 12000, 11025, 8000,
                                   7350,  0,     0,     0};

const uint16_t* bit_rates(uint32_t version, uint32_t layer)
{
    if (version != kVersion1) {
        return layer == kLayer1 ? kVersion2Layer1 : kVersion2Others;
    }
    switch (layer) {
        case kLayer1:
            return kVersion1Layer1;
        case kLayer2:
            return kVersion1Layer2;
        default:
            return kVersion1Layer3;
    }
}

uint32_t mpeg_rate(uint32_t version, uint32_t index)
{
    uint32_t rate = kMpegRates[index];
    if (version == kVersion2) {
        return rate / 2;
    }
    return version == kVersion25 ? rate / 4 : rate;
}

uint32_t mpeg_samples(uint32_t version, uint32_t layer)
{
    if (layer == kLayer1) {
        return 384;
    }
    return layer == kLayer3 && version != kVersion1 ? 576 : 1152;
}

}  // namespace

FrameHead mpeg_head(const uint8_t* bytes)
{
    uint32_t version = bytes[1] >> 3 & 3;
    uint32_t layer = bytes[1] >> 1 & 3;
    uint32_t rate = mpeg_rate(version, bytes[2] >> 2 & 3);
    if (bytes[0] != 0xff || bytes[1] >> 5 != 7 || version == 1 || layer == 0 ||
        rate == 0 || (bytes[3] & 3) == 2) {
        return {};
    }
    uint32_t bits = bit_rates(version, layer)[bytes[2] >> 4] * 1000;
    if (bits == 0) {
        return {};
    }
    uint32_t padding = bytes[2] >> 1 & 1;
    uint32_t samples = mpeg_samples(version, layer);
    uint32_t slot = layer == kLayer1 ? 4 : 1;  // bytes
    uint32_t length = (samples / 8 / slot * bits / rate + padding) * slot;
    uint32_t signature = version << 16 | layer << 8 | (bytes[2] >> 2 & 3);
    return {length, samples, rate, signature};
}

FrameHead adts_head(const uint8_t* bytes)
{
    uint32_t rate = kAdtsRates[bytes[2] >> 2 & 15];
    uint32_t length =
        (bytes[3] & 3u) << 11 | uint32_t{bytes[4]} << 3 | bytes[5] >> 5;
    if (bytes[0] != 0xff || (bytes[1] & 0xf6) != 0xf0 || rate == 0 ||
        length < kAdtsHead) {
        return {};
    }
    uint32_t blocks = (bytes[6] & 3u) + 1;
    // Version, profile, rate; channels may change with what is on.
    uint32_t signature = (bytes[1] & 8u) << 8 | (bytes[2] & 0xfcu);
    return {length, 1024 * blocks, rate, signature};
}

}  // namespace onair::sound
