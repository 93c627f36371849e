#include "sound/ogg_page.h"

#include <array>

#include "sound/little_endian.h"

namespace onair::sound {

namespace {

constexpr std::array<uint32_t, 256> checksum_table()
{
    std::array<uint32_t, 256> table = {};
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t sum = i << 24;
        for (int bit = 0; bit < 8; bit++) {
            sum = sum << 1 ^ (sum >> 31 != 0 ? 0x04c11db7u : 0);
        }
        table[i] = sum;
    }
    return table;
}

constexpr std::array<uint32_t, 256> kChecksums = checksum_table();

}  // namespace

OggPage read_page(const uint8_t* head)
{
    return {
        .continued = (head[5] & 1) != 0,
        .first = (head[5] & 2) != 0,
        .last = (head[5] & 4) != 0,
        .granule = little_endian<uint64_t>(head + 6),
        .serial = little_endian<uint32_t>(head + 14),
        .checksum = little_endian<uint32_t>(head + 22),
        .segments = head[26],
    };
}

uint32_t ogg_checksum(uint32_t sum, ConstBytes bytes)
{
    for (uint8_t byte : bytes) {
        sum = sum << 8 ^ kChecksums[sum >> 24 ^ byte];
    }
    return sum;
}

}  // namespace onair::sound
