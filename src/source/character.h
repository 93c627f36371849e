// What a character is good for in a title: the classes the repair kit goes by.
// Pure functions over code points; any process.
#pragma once

#include <cstdint>

namespace onair::source {

// Windows-1252: what a byte means there, and in Latin-1 where Windows-1252
// has no character (0x81, 0x8d, 0x8f, 0x90, 0x9d: the C1 control itself).
char32_t from_windows_1252(uint8_t byte);

// The byte that a reader of Latin-1 or Windows-1252 took for this character;
// -1: none.
int to_windows_1252(char32_t code);

// Any white space, line ends and U+2028, U+2029 included.
bool is_blank(char32_t code);

// Never part of a text: C0 and C1 controls, surrogates, noncharacters.
// White space among the controls is is_blank(), ask that first.
bool is_forbidden(char32_t code);

// Shows nothing by itself: bidirectional controls, zero-width characters,
// fillers, byte order mark. Not the joiners, which spell some scripts.
bool is_invisible(char32_t code);

// U+200C and U+200D.
bool is_joiner(char32_t code);

// U+E0020 to U+E007F: they spell the flags of regions after a black flag.
bool is_tag(char32_t code);

// Belongs to the character before it: combining marks, variation selectors,
// skin tones, joiners, tags. A text is not cut before such.
bool extends(char32_t code);

// Regional indicators come in pairs that are one flag.
bool is_regional(char32_t code);

}  // namespace onair::source
