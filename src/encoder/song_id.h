// The id that AzuraCast gives a song, made of its text alone: players keep
// covers and likes by it.
#pragma once

#include <string_view>

namespace onair::encoder {

struct SongId {
    char digits[32];  // hexadecimal
    std::string_view view() const { return {digits, sizeof(digits)}; }
};

// MD5 of the first 150 characters without blanks, dashes, quotes, tabs and
// line ends, in lower case. Of nothing: the id of a station that is off air.
SongId song_id(std::string_view text);

}  // namespace onair::encoder
