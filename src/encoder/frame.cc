#include "encoder/frame.h"

#include <algorithm>

#include "base/utf8.h"

namespace onair::encoder {

namespace {

constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kCompressed = 0x40;  // RSV1 (RFC 7692 section 7.2)
constexpr size_t kMaxControlPayload = 125;

void write_big_endian(uint64_t value, size_t size, uint8_t* out)
{
    for (size_t i = 0; i < size; i++) {
        out[i] = static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
    }
}

}  // namespace

size_t frame_head(Opcode opcode, bool compressed, uint64_t length,
                  uint8_t (&out)[kMaxFrameHead])
{
    out[0] = static_cast<uint8_t>(kFinal | (compressed ? kCompressed : 0) |
                                  static_cast<uint8_t>(opcode));
    if (length < 126) {
        out[1] = static_cast<uint8_t>(length);
        return 2;
    }
    if (length <= 0xffff) {
        out[1] = 126;
        write_big_endian(length, 2, out + 2);
        return 4;
    }
    out[1] = 127;
    write_big_endian(length, 8, out + 2);
    return 10;
}

size_t control_frame(Opcode opcode, ConstBytes payload,
                     uint8_t (&out)[kMaxControl])
{
    size_t size = std::min(payload.size(), kMaxControlPayload);
    out[0] = static_cast<uint8_t>(kFinal | static_cast<uint8_t>(opcode));
    out[1] = static_cast<uint8_t>(size);
    if (size > 0) {
        std::memcpy(out + 2, payload.data(), size);
    }
    return 2 + size;
}

size_t close_frame(uint16_t code, std::string_view reason,
                   uint8_t (&out)[kMaxControl])
{
    if (code == 0) {
        return control_frame(Opcode::kClose, {}, out);
    }
    uint8_t payload[kMaxControlPayload];
    write_big_endian(code, 2, payload);
    std::string_view kept = cut(reason, sizeof(payload) - 2);
    if (!kept.empty()) {
        std::memcpy(payload + 2, kept.data(), kept.size());
    }
    return control_frame(Opcode::kClose, {payload, 2 + kept.size()}, out);
}

}  // namespace onair::encoder
