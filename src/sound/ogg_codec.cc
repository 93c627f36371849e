#include "sound/ogg_codec.h"

#include <algorithm>
#include <string_view>

#include "sound/little_endian.h"

namespace onair::sound {

namespace {

using std::string_view_literals::operator""sv;

constexpr uint32_t kOpusRate = 48000;  // whatever the encoder was given
constexpr size_t kFlacInfo = 17;       // where STREAMINFO begins
constexpr uint8_t kFlacComment = 4;

// In front of the comments themselves.
std::string_view comment_mark(Codec codec)
{
    switch (codec) {
        case Codec::kVorbis:
            return "\x03vorbis";
        case Codec::kOpus:
            return "OpusTags";
        default:
            return {};
    }
}

class Reader {
  public:
    explicit Reader(ConstBytes bytes) : bytes_(bytes) {}

    std::optional<uint32_t> number()
    {
        if (bytes_.size() < 4) {
            return std::nullopt;
        }
        auto n = little_endian<uint32_t>(bytes_.data());
        bytes_ = bytes_.subspan(4);
        return n;
    }

    // A length and so many bytes.
    std::optional<std::string_view> text()
    {
        auto size = number();
        if (!size || *size > bytes_.size()) {
            return std::nullopt;
        }
        std::string_view text = text_of(bytes_.first(*size));
        bytes_ = bytes_.subspan(*size);
        return text;
    }

  private:
    ConstBytes bytes_;
};

// The value of "KEY=value", if the key is this one; the first wins.
void take(std::string_view comment, std::string_view key,
          std::string_view& value)
{
    if (comment.size() <= key.size() || comment[key.size()] != '=' ||
        !value.empty()) {
        return;
    }
    bool same = std::equal(key.begin(), key.end(), comment.begin(),
                           [](char k, char c) { return k == (c & ~0x20); });
    if (same) {
        value = comment.substr(key.size() + 1);
    }
}

std::optional<Words> read_comments(ConstBytes bytes)
{
    Reader reader(bytes);
    auto vendor = reader.text();
    auto count = reader.number();
    if (!vendor || !count) {
        return std::nullopt;
    }
    Words words;
    for (uint32_t i = 0; i < *count; i++) {
        auto comment = reader.text();
        if (!comment) {
            break;
        }
        take(*comment, "ARTIST", words.artist);
        take(*comment, "TITLE", words.title);
    }
    return words;
}

}  // namespace

CodecHead codec_of(ConstBytes packet)
{
    std::string_view text = text_of(packet);
    if (text.starts_with("\x01vorbis") && packet.size() >= 16) {
        return {Codec::kVorbis, little_endian<uint32_t>(packet.data() + 12)};
    }
    if (text.starts_with("OpusHead") && packet.size() >= 19) {
        return {Codec::kOpus, kOpusRate};
    }
    if (text.starts_with("\x7f"
                         "FLAC"sv) &&
        packet.size() >= kFlacInfo + 34) {
        const uint8_t* rate = packet.data() + kFlacInfo + 10;
        return {Codec::kFlac, uint32_t{rate[0]} << 12 | uint32_t{rate[1]} << 4 |
                                  rate[2] >> 4};
    }
    return {};
}

bool ends_head(Codec codec, size_t number, ConstBytes packet)
{
    switch (codec) {
        case Codec::kVorbis:
            return number == 2;
        case Codec::kOpus:
            return number == 1;
        case Codec::kFlac:
            // Each packet behind the first is a metadata block; its highest
            // bit says whether it is the last.
            return number > 0 && !packet.empty() && (packet[0] & 0x80) != 0;
        case Codec::kNone:
            break;
    }
    return false;
}

std::optional<Words> words_of(Codec codec, ConstBytes packet)
{
    if (codec == Codec::kFlac) {
        if (packet.size() < 4 || (packet[0] & 0x7f) != kFlacComment) {
            return std::nullopt;
        }
        return read_comments(packet.subspan(4));
    }
    std::string_view mark = comment_mark(codec);
    if (mark.empty() || !text_of(packet).starts_with(mark)) {
        return std::nullopt;
    }
    return read_comments(packet.subspan(mark.size()));
}

}  // namespace onair::sound
