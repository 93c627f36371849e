#include "sound/kind.h"

#include <algorithm>
#include <array>

#include "sound/frame_head.h"

namespace onair::sound {

namespace {

struct Row {
    Kind kind;
    std::string_view word;
    std::string_view media_type;
};

constexpr std::array<Row, kKinds> kRows = {{
    {Kind::kMp3, "mp3", "audio/mpeg"},
    {Kind::kAac, "aac", "audio/aac"},
    {Kind::kOgg, "ogg", "application/ogg"},
    {Kind::kWebm, "webm", "audio/webm"},
}};

struct Named {
    std::string_view media_type;
    Kind kind;
};

constexpr Named kNamed[] = {
    {"application/ogg", Kind::kOgg}, {"audio/aac", Kind::kAac},
    {"audio/aacp", Kind::kAac},      {"audio/flac", Kind::kOgg},
    {"audio/mp3", Kind::kMp3},       {"audio/mpeg", Kind::kMp3},
    {"audio/ogg", Kind::kOgg},       {"audio/opus", Kind::kOgg},
    {"audio/webm", Kind::kWebm},     {"audio/x-aac", Kind::kAac},
    {"audio/x-mpeg", Kind::kMp3},    {"video/ogg", Kind::kOgg},
    {"video/webm", Kind::kWebm},
};

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equal_fold(std::string_view a, std::string_view b)
{
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::string_view word_of(Kind kind)
{
    return kRows[static_cast<size_t>(kind)].word;
}

std::optional<Kind> kind_of(std::string_view word)
{
    for (const Row& row : kRows) {
        if (row.word == word) {
            return row.kind;
        }
    }
    return std::nullopt;
}

std::optional<Kind> kind_of_media_type(std::string_view media_type)
{
    std::string_view name = media_type.substr(0, media_type.find(';'));
    size_t from = name.find_first_not_of(" \t");
    if (from == std::string_view::npos) {
        return std::nullopt;
    }
    name = name.substr(from, name.find_last_not_of(" \t") - from + 1);
    for (const Named& named : kNamed) {
        if (equal_fold(named.media_type, name)) {
            return named.kind;
        }
    }
    return std::nullopt;
}

std::optional<Kind> kind_of_bytes(ConstBytes bytes)
{
    std::string_view text = text_of(bytes);
    if (text.starts_with("OggS")) {
        return Kind::kOgg;
    }
    if (text.starts_with("\x1a\x45\xdf\xa3")) {
        return Kind::kWebm;
    }
    // ID3 stands in front of MP3 nearly always.
    if (text.starts_with("ID3")) {
        return Kind::kMp3;
    }
    if (bytes.size() >= kMpegHead && mpeg_head(bytes.data()).length > 0) {
        return Kind::kMp3;
    }
    if (bytes.size() >= kAdtsHead && adts_head(bytes.data()).length > 0) {
        return Kind::kAac;
    }
    return std::nullopt;
}

std::string_view media_type_of(Kind kind)
{
    return kRows[static_cast<size_t>(kind)].media_type;
}

}  // namespace onair::sound
